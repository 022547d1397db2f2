import type { Device } from "../api/hazards";
import { Time } from "../design/Time";
import { useT } from "../i18n";
import { linkTo } from "../shell/router";
import { HealthTag } from "./HealthTag";
import { isSilentInStorm } from "./order";

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
  const {
    credential,
    maintenance,
    last_seen_at: seen,
    battery_v: volts,
    battery_pct: percent,
    rssi,
  } = device;
  const ticket = device.ticket ?? null;
  return (
    <tr data-station={device.station} className={isSilentInStorm(device) ? "in-storm" : undefined}>
      <td>
        <span className="cell-pair">
          <HealthTag state={device.state} />
          {isSilentInStorm(device) && <span className="tag hot">{t("ui.device.storm")}</span>}
        </span>
      </td>
      <th scope="row">
        <a {...linkTo(`/stations/${encodeURIComponent(device.station)}`)}>{device.name}</a>
      </th>
      <td>{t.maybe(`station.kind.${device.kind}`) ?? device.kind}</td>
      <td>{seen === null ? t("ui.health.never") : <Time iso={seen} as="relative" />}</td>
      <td className="num">
        {typeof volts === "number"
          ? `${t.number(volts, 2)} V`
          : typeof percent === "number"
            ? `${t.number(percent, 0)} %`
            : "–"}
      </td>
      <td className="num">{typeof rssi === "number" ? `${t.number(rssi, 0)} dBm` : "–"}</td>
      <td>{device.gateway ?? "–"}</td>
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
          ) : credential.state === "lost" ? (
            <span className="tag bad">{t("ui.credential.lost")}</span>
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
