import { incidents, loadIncident } from "../state/incidents";

const UNDER_WAY = ["draft", "submitted", "approved", "sending"];

/** Where "warn the public" leads: to the warning already under way for the case, else to a new draft. */
export async function warningRouteFor(id: string): Promise<string> {
  const detail = incidents.get().details.get(id) ?? (await loadIncident(id).catch(() => null));
  const open = detail?.warnings.find((warning) => UNDER_WAY.includes(warning.state));
  return open === undefined ? `/warnings/new?incident=${encodeURIComponent(id)}` : `/warnings/${open.id}`;
}
