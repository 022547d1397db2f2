import type { Forecast } from "../api/hazards";
import type { Station } from "../api/types";
import { ReasonText } from "../design/Reasons";
import { Time } from "../design/Time";
import { useT } from "../i18n";
import { problemText } from "../i18n/problem";
import type { Resource } from "../state/resource";
import { now } from "../time/clock";
import { absoluteTime, dateOnly } from "../time/ict";

interface Props {
  resource: Resource<Forecast>;
  station: Station;
  property: string;
}

/** When the forecast reaches each alarm level, what it learned from, or why it says nothing. */
export function ForecastTimes({ resource, station, property }: Props) {
  const t = useT();
  const { data, error } = resource;
  if (station.kind !== "river" || property !== "water_level_m") return null;
  return (
    <section className="forecast" aria-label={t("ui.forecast.title")}>
      <h3>{t("ui.forecast.title")}</h3>
      {data === undefined ? (
        <p className="muted">{error === null ? t("ui.loading") : problemText(t, error.problem)}</p>
      ) : data.silent !== null ? (
        <p className="notice">
          {t("ui.forecast.silent")} <ReasonText reason={data.silent} />
        </p>
      ) : (
        <>
          <ul className="forecast-times">
            {data.times.map((each) => (
              <li key={each.threshold}>
                <span className="strong">
                  {t("ui.forecast.to", { threshold: t.code(`threshold.${each.threshold}`) })}
                </span>{" "}
                {timesText(each)}
              </li>
            ))}
          </ul>
          <p className="muted">
            {data.model !== null && typeof data.model === "object" && (
              <>
                <ReasonText reason={data.model} /> ·{" "}
              </>
            )}
            {t("ui.forecast.made")} {data.made_at !== null && <Time iso={data.made_at} as="short" />}
            {data.trained_on !== null && (
              <>
                {" · "}
                {t("ui.forecast.trained", {
                  from: dateOnly(Date.parse(data.trained_on.from)),
                  to: dateOnly(Date.parse(data.trained_on.to)),
                  samples: data.trained_on.samples,
                  events: data.trained_on.events,
                })}
              </>
            )}
          </p>
        </>
      )}
    </section>
  );

  function timesText(each: Forecast["times"][number]): string {
    if (each.reached === true) return t("ui.forecast.reached");
    const at = (iso: string) => absoluteTime(Date.parse(iso), now(), false);
    const said = [
      each.earliest === null ? null : t("ui.forecast.earliest", { time: at(each.earliest) }),
      each.likely === null ? null : t("ui.forecast.at_likely", { time: at(each.likely) }),
      each.latest === null ? null : t("ui.forecast.latest", { time: at(each.latest) }),
    ].filter((text) => text !== null);
    return said.length === 0 ? t("ui.forecast.not_reached") : said.join(" · ");
  }
}
