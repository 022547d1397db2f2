import { useEffect } from "react";
import type { Station } from "../api/types";
import { setPageTitle } from "../attention/alarm";
import { LevelBadge } from "../design/Level";
import { Time } from "../design/Time";
import { type Translator, useT } from "../i18n";
import { linkTo } from "../shell/router";
import { digitsOf, mainProperty, trustOf, unitOf } from "../state/quality";
import { useStore } from "../state/store";
import { stations } from "../state/world";
import { now, useTicking } from "../time/clock";
import { StationDetail } from "./StationDetail";
import { useRiverName } from "./useRiverName";

const TRUST_ORDER = { offline: 0, silent: 1, late: 2, suspect: 3, good: 4 };

export function StationsPage({ id }: { id: string | null }) {
  const t = useT();
  const { byId, loaded } = useStore(stations);
  const chosen = id === null ? undefined : byId.get(id);
  useEffect(
    () => setPageTitle(`${chosen === undefined ? t("ui.nav.stations") : chosen.name} – EOC`),
    [t, chosen],
  );
  if (id !== null) {
    if (chosen !== undefined) return <StationDetail key={chosen.id} station={chosen} />;
    return (
      <div className="empty-page">
        <h1>{loaded ? t("ui.station.missing", { id }) : t("ui.loading")}</h1>
        <a className="button" {...linkTo("/stations")}>
          {t("ui.nav.stations")}
        </a>
      </div>
    );
  }
  const sorted = [...byId.values()].sort(
    (a, b) =>
      (b.hazard_state?.level ?? 0) - (a.hazard_state?.level ?? 0) ||
      TRUST_ORDER[trustOf(a, now())] - TRUST_ORDER[trustOf(b, now())] ||
      (a.river ?? "~").localeCompare(b.river ?? "~", "vi") ||
      (a.chainage_km ?? 0) - (b.chainage_km ?? 0) ||
      a.name.localeCompare(b.name, "vi"),
  );
  return (
    <div className="table-page">
      <header className="page-head">
        <h1>{t("ui.nav.stations")}</h1>
        <p className="muted">{t("ui.station.count", { count: byId.size })}</p>
      </header>
      {!loaded && <p role="status">{t("ui.loading")}</p>}
      {loaded && sorted.length === 0 && (
        <div className="queue-empty">
          <p className="strong">{t("ui.station.none")}</p>
          <p className="muted">{t("ui.station.none_hint")}</p>
        </div>
      )}
      {sorted.length > 0 && (
        <div className="table-scroll">
          <table>
            <thead>
              <tr>
                <th scope="col">{t("ui.station.level")}</th>
                <th scope="col">{t("ui.station.name")}</th>
                <th scope="col">{t("ui.station.kind")}</th>
                <th scope="col" className="num">
                  {t("ui.station.latest")}
                </th>
                <th scope="col" className="num">
                  {t("ui.station.rate")}
                </th>
                <th scope="col">{t("ui.station.alarm")}</th>
                <th scope="col">{t("ui.station.state")}</th>
                <th scope="col">{t("ui.station.observed")}</th>
              </tr>
            </thead>
            <tbody>
              {sorted.map((station) => (
                <StationRow key={station.id} station={station} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </div>
  );
}

function StationRow({ station }: { station: Station }) {
  const t = useT();
  const trust = useTicking((nowMs) => trustOf(station, nowMs));
  const property = mainProperty(station);
  const reading = property === null ? undefined : station.latest[property];
  const river = useRiverName(station.river);
  const rise = station.kind === "river" ? (station.hazard_state?.rise_m_per_h ?? null) : null;
  return (
    <tr>
      <td>
        <LevelBadge level={station.hazard_state?.level ?? 0} size={24} />
      </td>
      <th scope="row">
        <a {...linkTo(`/stations/${encodeURIComponent(station.id)}`)}>{station.name}</a>
        {river !== null && <span className="muted"> · {river}</span>}
      </th>
      <td>{t.maybe(`station.kind.${station.kind}`) ?? station.kind}</td>
      <td className="num">
        {property === null || reading === undefined
          ? "–"
          : `${t.number(reading.value, digitsOf(property))} ${unitOf(property)}`}
      </td>
      <td className="num">{rise === null ? "–" : `${rise > 0 ? "+" : ""}${t.number(rise, 2)} m/h`}</td>
      <td>{alarmText(t, station)}</td>
      <td>
        <span className={`tag ${trust === "good" ? "ok" : trust === "late" ? "caution" : "bad"}`}>
          {t.code(`ui.trust.${trust}`)}
        </span>
      </td>
      <td>{reading === undefined ? "–" : <Time iso={reading.observed_at} />}</td>
    </tr>
  );
}

function alarmText(t: Translator, station: Station): string {
  const alarm = station.hazard_state?.alarm ?? null;
  if (alarm !== null) return t(`threshold.${alarm}`);
  return station.kind === "river" && station.thresholds === null ? t("ui.station.no_threshold") : "–";
}
