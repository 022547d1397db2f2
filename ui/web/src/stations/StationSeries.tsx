import { lazy, Suspense, useMemo } from "react";
import type { Forecast } from "../api/hazards";
import type { Station } from "../api/types";
import type { Band, Dot } from "../chart/draw";
import { levelLines } from "../chart/levels";
import { parseSpan, type Span, spanHours, spanText } from "../chart/span";
import type { ChartLine } from "../chart/TimeChart";
import { useReadings } from "../chart/useReadings";
import { Time } from "../design/Time";
import { useT } from "../i18n";
import { useQuery } from "../shell/router";
import { digitsOf, intervalOf, mainProperty, trustOf, unitOf } from "../state/quality";
import { useResource } from "../state/resource";
import { now, useTicking } from "../time/clock";
import { absoluteTime } from "../time/ict";
import { ForecastTimes } from "./ForecastTimes";
import { flagText } from "./QualityCard";
import { RangePicker } from "./RangePicker";
import { ThresholdSource } from "./ThresholdSource";

const TimeChart = lazy(() => import("../chart/TimeChart"));
const HEIGHT = 340;

/** How much of the picture the forecast may take, as a part of the past shown. */
const AHEAD_AT_MOST = 0.5;

/** A station's series with its levels, its doubtful readings, its holes and what the forecast says. */
export function StationSeries({ station }: { station: Station }) {
  const t = useT();
  const [range, setRange] = useQuery("range");
  const [asked, setAsked] = useQuery("property");
  const span: Span = parseSpan(range) ?? { hours: 24 };
  const properties = Object.keys(station.latest);
  const property = asked !== null && properties.includes(asked) ? asked : mainProperty(station);
  const reading = property === null ? undefined : station.latest[property];
  const trust = useTicking((nowMs) => trustOf(station, nowMs));
  const rise = station.hazard_state?.rise_m_per_h ?? null;
  return (
    <section className="card series-card" aria-label={t("ui.chart.title", { station: station.name })}>
      <header className="series-head">
        <div>
          {properties.length > 1 ? (
            <label className="property-choice">
              <span className="visually-hidden">{t("ui.station.property")}</span>
              <select value={property ?? ""} onChange={(event) => setAsked(event.target.value)}>
                {properties.map((name) => (
                  <option key={name} value={name}>
                    {t.code(`property.${name}`)}
                  </option>
                ))}
              </select>
            </label>
          ) : (
            <h2>{property === null ? t("ui.chart.none") : t.code(`property.${property}`)}</h2>
          )}
          {property !== null && reading !== undefined && (
            <p className="level-latest">
              <span className="level-value">
                {t.number(reading.value, digitsOf(property))} {unitOf(property)}
              </span>
              {property === "water_level_m" && rise !== null && Math.abs(rise) >= 0.01 && (
                <span>
                  {rise > 0 ? "↑" : "↓"} {t("ui.chart.rate", { rate: t.number(Math.abs(rise), 2) })}
                </span>
              )}
              <span className={`tag ${trust === "good" ? "" : trust === "late" ? "caution" : "bad"}`}>
                {trust !== "good" && `${t.code(`ui.trust.${trust}`)} · `}
                <Time iso={reading.observed_at} as="relative" />
              </span>
            </p>
          )}
        </div>
        <RangePicker span={span} onChange={(next) => setRange(spanText(next))} />
      </header>
      {property === null ? (
        <p className="muted">{t("ui.station.no_readings")}</p>
      ) : (
        <Picture key={property} station={station} property={property} span={span} />
      )}
    </section>
  );
}

function Picture({ station, property, span }: { station: Station; property: string; span: Span }) {
  const t = useT();
  const { series, dots, status, fromMs, toMs, bucketMin } = useReadings(
    station.id,
    property,
    span,
    intervalOf(station),
  );
  const rolling = "hours" in span;
  const forecast = useResource<Forecast>(`/stations/${encodeURIComponent(station.id)}/forecast`, {
    topics: ["station", "forecast"],
    everyMs: 60_000,
  });
  const ahead = rolling && forecast.data?.property === property ? forecast.data : undefined;
  const nowMs = useTicking((ms) => Math.floor(ms / 30_000) * 30_000);

  const drawn = useMemo(
    () => linesOf(series, ahead, t.code(`property.${property}`), t("ui.forecast.likely")),
    [series, ahead, property, t],
  );
  const levels = useMemo(
    () => (property === "water_level_m" ? levelLines(t, station.thresholds) : []),
    [property, station.thresholds, t],
  );
  if (status === "failed") return <p className="notice bad">{t("ui.chart.failed")}</p>;
  const endMs = Math.max(toMs, Math.min(drawn.endMs, toMs + spanHours(span) * 3_600_000 * AHEAD_AT_MOST));
  return (
    <>
      {status === "ready" && series[0].length === 0 && (
        <p className="notice">
          {rolling ? t("ui.chart.empty", { n: spanHours(span) }) : t("ui.chart.empty_span")}
        </p>
      )}
      <Suspense fallback={<div style={{ height: HEIGHT }} />}>
        <TimeChart
          lines={drawn.lines}
          band={drawn.band}
          levels={levels}
          dots={dots}
          fromMs={fromMs}
          toMs={endMs}
          nowMs={drawn.band === null ? null : nowMs}
          height={HEIGHT}
          digits={digitsOf(property)}
          unit={unitOf(property)}
          summary={t("ui.chart.described", {
            property: t.code(`property.${property}`),
            station: station.name,
            from: absoluteTime(fromMs, now(), false),
            to: absoluteTime(toMs, now(), false),
            doubted: dots.length,
          })}
        />
      </Suspense>
      <ul className="series-key">
        {dots.some((dot) => dot.look === "hollow") && <li className="hollow">{t("ui.chart.key_suspect")}</li>}
        {dots.some((dot) => dot.look === "crossed") && <li className="crossed">{t("ui.chart.key_bad")}</li>}
        {drawn.band !== null && (
          <li className="dashed">
            {t("ui.chart.key_forecast", { percent: Math.round((ahead?.coverage ?? 0.8) * 100) })}
          </li>
        )}
        {bucketMin !== null && <li className="plain">{t("ui.chart.key_bucket", { n: bucketMin })}</li>}
      </ul>
      <Doubted dots={dots} property={property} />
      {property === "water_level_m" && <ThresholdSource station={station} />}
      {rolling && <ForecastTimes resource={forecast} station={station} property={property} />}
    </>
  );
}

/** A forecast that begins later than this after the newest reading is drawn by itself, s. */
const JOIN_S = 2 * 3600;

/** Each doubted reading of the picture with its reasons, the newest first. */
function Doubted({ dots, property }: { dots: readonly Dot[]; property: string }) {
  const t = useT();
  if (dots.length === 0) return null;
  const newest = [...dots].sort((a, b) => b.time - a.time).slice(0, 40);
  return (
    <details className="doubted">
      <summary>{t("ui.chart.doubted", { count: dots.length })}</summary>
      <ul>
        {newest.map((dot) => (
          <li key={dot.time}>
            <Time iso={new Date(dot.time * 1000).toISOString()} as="short" /> ·{" "}
            {t.number(dot.value, digitsOf(property))} {unitOf(property)} ·{" "}
            <span className={dot.look === "crossed" ? "bad-text" : undefined}>
              {t(dot.look === "crossed" ? "quality.bad" : "quality.suspect")}
            </span>
            {dot.flags.length > 0 && `: ${dot.flags.map((flag) => flagText(t, flag)).join("; ")}`}
          </li>
        ))}
      </ul>
    </details>
  );
}

function linesOf(
  series: ChartLine["series"],
  forecast: Forecast | undefined,
  label: string,
  likely: string,
): { lines: ChartLine[]; band: Band | null; endMs: number } {
  const lines: ChartLine[] = [{ id: "seen", label, series, token: "--series", last: true }];
  const points = forecast?.silent == null ? (forecast?.points ?? []) : [];
  if (points.length === 0) return { lines, band: null, endMs: 0 };
  // It begins at the reading it was made from, which is the one thing that is certain.
  const [seen, last] = [series[0].at(-1), series[1].at(-1)];
  const first = Date.parse(points[0]?.at ?? "") / 1000;
  const joined = seen !== undefined && typeof last === "number" && seen < first && first - seen <= JOIN_S;
  const start = joined ? [last] : [];
  const times = [...(joined ? [seen] : []), ...points.map((point) => Date.parse(point.at) / 1000)];
  lines.push({
    id: "ahead",
    label: likely,
    series: [times, [...start, ...points.map((point) => point.likely)]],
    token: "--series",
    dash: [6, 5],
    width: 1.75,
  });
  const band = {
    times,
    low: [...start, ...points.map((point) => point.low)],
    high: [...start, ...points.map((point) => point.high)],
  };
  return { lines, band, endMs: (times.at(-1) ?? 0) * 1000 };
}
