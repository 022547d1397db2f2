import type { Rain } from "../api/hazards";
import { LevelBadge } from "../design/Level";
import { ReasonText } from "../design/Reasons";
import { useT } from "../i18n";
import { linkTo } from "../shell/router";
import { byRain, rainOf } from "./windows";

/** Stations by the rain of the chosen window. A sum with a hole in it is unknown, and so it says. */
export function RainTable({ rain, window }: { rain: Rain; window: number }) {
  const t = useT();
  const sorted = [...rain.items].sort(byRain(window));
  if (sorted.length === 0) {
    return (
      <div className="queue-empty">
        <p className="strong">{t("ui.rain.none")}</p>
        <p className="muted">{t("ui.station.none_hint")}</p>
      </div>
    );
  }
  return (
    <table className="compact">
      <thead>
        <tr>
          <th scope="col">{t("ui.station.name")}</th>
          <th scope="col" className="num">
            {t("ui.rain.mm", { n: window })}
          </th>
          <th scope="col" className="num">
            {t("ui.rain.antecedent")}
          </th>
          <th scope="col">{t("ui.station.level")}</th>
        </tr>
      </thead>
      <tbody>
        {sorted.map((station) => {
          const mm = rainOf(station, window);
          const atLeast = station.at_least?.[String(window)];
          const missing = station.missing[String(window)] ?? 0;
          return (
            <tr key={station.station} data-station={station.station}>
              <th scope="row">
                <a {...linkTo(`/stations/${encodeURIComponent(station.station)}`)}>{station.name}</a>
                {station.band !== null && (
                  <span className="muted under">
                    <ReasonText reason={station.band} />
                  </span>
                )}
              </th>
              <td className="num">
                {mm === null ? (
                  <span className="unknown-value">
                    ?
                    <span className="muted under">
                      {typeof atLeast === "number" && atLeast > 0 && `≥ ${t.number(atLeast, 1)} · `}
                      {missing > 0 ? t("ui.rain.missing", { n: missing }) : t("ui.rain.unknown")}
                    </span>
                  </span>
                ) : (
                  <span className="strong">{t.number(mm, 1)}</span>
                )}
              </td>
              <td className="num">
                {station.antecedent_mm === null ? "?" : t.number(station.antecedent_mm, 0)}
              </td>
              <td>
                <LevelBadge level={station.level} size={22} word="hidden" />
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
