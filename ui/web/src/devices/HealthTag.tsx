import type { HealthState } from "../api/hazards";
import { useT } from "../i18n";

const TONE: Record<HealthState, string> = {
  online: "ok",
  late: "caution",
  silent: "bad",
  maintenance: "",
  unknown: "",
};

export function HealthTag({ state }: { state: HealthState }) {
  const t = useT();
  return <span className={`tag ${TONE[state] ?? ""}`}>{t.code(`ui.health.state.${state}`)}</span>;
}
