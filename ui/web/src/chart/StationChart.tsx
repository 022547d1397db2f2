import { lazy, Suspense, useMemo, useState } from "react";
import type { Station } from "../api/types";
import { Time } from "../design/Time";
import { type Translator, useT } from "../i18n";
import { linkTo } from "../shell/router";
import { digitsOf, intervalOf, mainProperty, trustOf, unitOf } from "../state/quality";
import { useStore } from "../state/store";
import { stations } from "../state/world";
import { ThresholdSource } from "../stations/ThresholdSource";
import { useTicking } from "../time/clock";
import { levelLines } from "./levels";
import type { ChartLine } from "./TimeChart";
import { useReadings } from "./useReadings";

const TimeChart = lazy(() => import("./TimeChart"));

const HOURS = [3, 12, 48] as const;

interface Props {
  stationId: string;
  height?: number;
  initialHours?: (typeof HOURS)[number];
  /** False on the station's own page, where its name is the title already. */
  named?: boolean;
}

/** A station's main property: value now, its age, and the line against the alarm levels. */
export function StationChart({ stationId, height = 170, initialHours = 12, named = true }: Props) {
  const t = useT();
  const station = useStore(stations, (s) => s.byId.get(stationId));
  const [hours, setHours] = useState<number>(initialHours);
  if (station === undefined) return null;
  const property = mainProperty(station);
  return (
    <section className="level-panel" aria-label={t("ui.chart.title", { station: station.name })}>
      <header className="level-line">
        <h3>
          {property === null ? t("ui.chart.none") : t.code(`property.${property}`)}
          {named && (
            <>
              {" · "}
              <a {...linkTo(`/stations/${encodeURIComponent(station.id)}`)}>{station.name}</a>
            </>
          )}
        </h3>
        {property !== null && <ReadingAge station={station} property={property} />}
      </header>
      <div className="level-line">
        {property === null ? <span /> : <Latest station={station} property={property} />}
        <fieldset className="segmented small">
          <legend className="visually-hidden">{t("ui.chart.span")}</legend>
          {HOURS.map((h) => (
            <button type="button" key={h} aria-pressed={hours === h} onClick={() => setHours(h)}>
              {t("ui.chart.hours", { n: h })}
            </button>
          ))}
        </fieldset>
      </div>
      {property !== null && (
        <ChartBody
          key={`${property}:${hours}`}
          station={station}
          property={property}
          hours={hours}
          height={height}
        />
      )}
      {property === "water_level_m" && <ThresholdSource station={station} />}
    </section>
  );
}

function ReadingAge({ station, property }: { station: Station; property: string }) {
  const t = useT();
  const reading = station.latest[property];
  const trust = useTicking((nowMs) => trustOf(station, nowMs));
  if (reading === undefined) return null;
  return (
    <span className={`tag ${trust === "good" ? "" : trust === "late" ? "caution" : "bad"}`}>
      {trust !== "good" && `${t.code(`ui.trust.${trust}`)} · `}
      <Time iso={reading.observed_at} as="relative" />
    </span>
  );
}

function Latest({ station, property }: { station: Station; property: string }) {
  const t = useT();
  const reading = station.latest[property];
  if (reading === undefined) return null;
  const rise = station.hazard_state?.rise_m_per_h ?? null;
  return (
    <p className="level-latest">
      <span className="level-value">
        {t.number(reading.value, digitsOf(property))} {unitOf(property)}
      </span>
      {station.kind === "river" && rise !== null && Math.abs(rise) >= 0.01 && (
        <span>
          {rise > 0 ? "↑" : "↓"} {t("ui.chart.rate", { rate: t.number(Math.abs(rise), 2) })}
        </span>
      )}
    </p>
  );
}

interface BodyProps {
  station: Station;
  property: string;
  hours: number;
  height: number;
}

function ChartBody({ station, property, hours, height }: BodyProps) {
  const t = useT();
  const span = useMemo(() => ({ hours }), [hours]);
  const { series, dots, status, fromMs, toMs } = useReadings(station.id, property, span, intervalOf(station));
  const label = t.code(`property.${property}`);
  const lines = useMemo<ChartLine[]>(
    () => [{ id: "seen", label, series, token: "--series", last: true }],
    [label, series],
  );
  const levels = useMemo(
    () => (property === "water_level_m" ? levelLines(t, station.thresholds) : []),
    [property, station.thresholds, t],
  );
  if (status === "failed") return <p className="notice bad">{t("ui.chart.failed")}</p>;
  if (status === "ready" && series[0].length === 0)
    return <p className="notice">{t("ui.chart.empty", { n: hours })}</p>;
  return (
    <Suspense fallback={<div style={{ height }} />}>
      <TimeChart
        lines={lines}
        levels={levels}
        dots={dots}
        fromMs={fromMs}
        toMs={toMs}
        height={height}
        digits={digitsOf(property)}
        unit={unitOf(property)}
        summary={summaryOf(t, station, property, hours)}
      />
    </Suspense>
  );
}

function summaryOf(t: Translator, station: Station, property: string, hours: number): string {
  const reading = station.latest[property];
  const alarm = station.hazard_state?.alarm ?? null;
  const compared = property === "water_level_m" && station.thresholds !== null;
  return t(compared ? "ui.chart.summary" : "ui.chart.summary_plain", {
    property: t.code(`property.${property}`),
    station: station.name,
    hours,
    value: reading === undefined ? "–" : `${t.number(reading.value, digitsOf(property))} ${unitOf(property)}`,
    alarm:
      alarm === null ? t("ui.chart.below_bd1") : t("ui.chart.above", { threshold: t(`threshold.${alarm}`) }),
  });
}
