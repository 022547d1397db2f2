import type { Device } from "../api/hazards";
import { Time } from "../design/Time";
import { useT } from "../i18n";
import { linkTo } from "../shell/router";
import { HealthTag } from "./HealthTag";
import { batteryOf, gatewayOf, isSilentInStorm, lastSeenOf, signalOf, stateOf, ticketOf } from "./order";

interface Props {
  devices: readonly Device[];
  /** Null for those who may not make passwords. */
  onIssue: ((device: Device) => void) | null;
}

export function DeviceTable({ devices, onIssue }: Props) {
  const t = useT();
  return (
    <div className="table-scroll">
      <table>
        <thead>
          <tr>
            <th scope="col">{t("ui.health.title")}</th>
            <th scope="col">{t("ui.station.name")}</th>
            <th scope="col">{t("ui.station.kind")}</th>
            <th scope="col">{t("ui.health.last_seen")}</th>
            <th scope="col" className="num">
              {t("ui.health.battery")}
            </th>
            <th scope="col" className="num">
              {t("ui.health.signal")}
            </th>
            <th scope="col">{t("ui.health.gateway")}</th>
            <th scope="col">{t("ui.ticket.one")}</th>
            <th scope="col">{t("ui.credential.column")}</th>
          </tr>
        </thead>
        <tbody>
          {devices.map((device) => (
            <Row key={device.station} device={device} onIssue={onIssue} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ device, onIssue }: { device: Device; onIssue: Props["onIssue"] }) {
  const t = useT();
  const seen = lastSeenOf(device);
  const battery = batteryOf(device);
  const signal = signalOf(device);
  const ticket = ticketOf(device);
  const { credential, maintenance } = device;
  return (
    <tr data-station={device.station} className={isSilentInStorm(device) ? "in-storm" : undefined}>
      <td>
        <span className="cell-pair">
          <HealthTag state={stateOf(device)} />
          {isSilentInStorm(device) && <span className="tag hot">{t("ui.device.storm")}</span>}
        </span>
      </td>
      <th scope="row">
        <a {...linkTo(`/stations/${encodeURIComponent(device.station)}`)}>{device.name}</a>
        {device.firmware && <span className="muted"> · {device.firmware}</span>}
      </th>
      <td>{t.maybe(`station.kind.${device.kind}`) ?? device.kind}</td>
      <td>{seen === null ? t("ui.health.never") : <Time iso={seen} as="relative" />}</td>
      <td className="num">{battery === null ? "–" : `${t.number(battery, 2)} V`}</td>
      <td className="num">{signal === null ? "–" : `${t.number(signal, 0)} dBm`}</td>
      <td>{gatewayOf(device) ?? "–"}</td>
      <td>
        {ticket !== null ? (
          (t.maybe(`ui.ticket.kind.${ticket.kind}`) ?? ticket.kind)
        ) : maintenance !== null ? (
          <span className="muted">
            {t("ui.maintenance.short")} {maintenance.to !== null && <Time iso={maintenance.to} as="short" />}
          </span>
        ) : (
          "–"
        )}
      </td>
      <td>
        <span className="cell-pair">
          {credential === null ? (
            <span className="muted">{t("ui.credential.none")}</span>
          ) : credential.enforced ? (
            <span className="tag ok">{t("ui.credential.enforced")}</span>
          ) : (
            <span className="tag caution">{t("ui.credential.loose")}</span>
          )}
          {onIssue !== null && (
            <button type="button" className="button small" onClick={() => onIssue(device)}>
              {credential === null ? t("ui.credential.issue_short") : t("ui.credential.again")}
              <span className="visually-hidden"> – {device.name}</span>
            </button>
          )}
        </span>
      </td>
    </tr>
  );
}
