import type { Device, Gateway, HealthState } from "../api/hazards";
import { Time } from "../design/Time";
import { useT } from "../i18n";
import { HealthTag } from "./HealthTag";

interface Props {
  gateways: readonly Gateway[];
  devices: readonly Device[];
  onIssue: ((gateway: Gateway) => void) | null;
}

const STATES: readonly string[] = ["online", "late", "silent", "maintenance", "unknown"];

/** Gateways with the stations behind them: one that is down explains all of its stations. */
export function GatewayList({ gateways, devices, onIssue }: Props) {
  const t = useT();
  if (gateways.length === 0) return <p className="muted">{t("ui.gateway.none")}</p>;
  return (
    <ul className="gateway-list">
      {gateways.map((gateway) => {
        const own = devices.filter((each) => gateway.stations.includes(each.station));
        const heard = own.filter((each) => each.state === "online").length;
        return (
          <li key={gateway.id} data-gateway={gateway.id}>
            <div className="card-head">
              <span className="strong">{gateway.name ?? gateway.id}</span>
              {STATES.includes(gateway.state) && <HealthTag state={gateway.state as HealthState} />}
              <span className="spacer" />
              {onIssue !== null && (
                <button type="button" className="button small" onClick={() => onIssue(gateway)}>
                  {gateway.credential ? t("ui.credential.again") : t("ui.credential.issue_short")}
                  <span className="visually-hidden"> – {gateway.name ?? gateway.id}</span>
                </button>
              )}
            </div>
            <p className="muted">
              {t("ui.gateway.stations", { heard, total: own.length })}
              {gateway.last_refusal !== null && (
                <>
                  {" · "}
                  {t("ui.device.refusal", { what: gateway.last_refusal.what })}{" "}
                  <Time iso={gateway.last_refusal.at} as="relative" />
                </>
              )}
            </p>
            <p>{own.map((each) => each.name).join(", ")}</p>
          </li>
        );
      })}
    </ul>
  );
}
