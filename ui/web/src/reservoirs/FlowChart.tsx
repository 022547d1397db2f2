import { lazy, Suspense, useMemo, useState } from "react";
import type { Reservoir } from "../api/hazards";
import type { Span } from "../chart/span";
import { spanHours } from "../chart/span";
import type { ChartLine } from "../chart/TimeChart";
import { useReadings } from "../chart/useReadings";
import { useT } from "../i18n";
import { RangePicker } from "../stations/RangePicker";
import { now } from "../time/clock";
import { absoluteTime } from "../time/ict";

const TimeChart = lazy(() => import("../chart/TimeChart"));
const HEIGHT = 240;
/** Reservoirs report by the hour. */
const INTERVAL_S = 3600;

/** What flows in, and what is let out through turbines and gates; three figures of one place on one axis. */
export function FlowChart({ reservoir }: { reservoir: Reservoir }) {
  const t = useT();
  const [span, setSpan] = useState<Span>({ hours: 48 });
  const { id } = reservoir;
  const inflow = useReadings(id, "qve", span, INTERVAL_S);
  const turbines = useReadings(id, "qxt", span, INTERVAL_S);
  const gates = useReadings(id, "qxm", span, INTERVAL_S);
  const lines = useMemo<ChartLine[]>(
    () => [
      { id: "qve", label: t("property.qve"), series: inflow.series, token: "--series", last: true },
      { id: "qxt", label: t("property.qxt"), series: turbines.series, token: "--text-2", width: 1.75 },
      { id: "qxm", label: t("property.qxm"), series: gates.series, token: "--text", dash: [7, 4], width: 2 },
    ],
    [inflow.series, turbines.series, gates.series, t],
  );
  const dots = useMemo(
    () => [...inflow.dots, ...turbines.dots, ...gates.dots],
    [inflow.dots, turbines.dots, gates.dots],
  );
  const empty = lines.every((line) => line.series[0].length === 0);
  const failed = [inflow, turbines, gates].every((each) => each.status === "failed");
  return (
    <section className="card" aria-label={t("ui.reservoir.flows")}>
      <div className="card-head">
        <h2>{t("ui.reservoir.flows")}</h2>
        <span className="spacer" />
        <RangePicker span={span} onChange={setSpan} />
      </div>
      <ul className="series-key lines">
        <li className="line-in">{t("property.qve")}</li>
        <li className="line-turbines">{t("property.qxt")}</li>
        <li className="line-gates">{t("property.qxm")}</li>
        {dots.length > 0 && <li className="hollow">{t("ui.chart.key_suspect")}</li>}
      </ul>
      {failed ? (
        <p className="notice bad">{t("ui.chart.failed")}</p>
      ) : empty && inflow.status === "ready" ? (
        <p className="notice">{t("ui.chart.empty", { n: Math.round(spanHours(span)) })}</p>
      ) : (
        <Suspense fallback={<div style={{ height: HEIGHT }} />}>
          <TimeChart
            lines={lines}
            dots={dots}
            fromMs={inflow.fromMs}
            toMs={inflow.toMs}
            height={HEIGHT}
            digits={0}
            unit="m³/s"
            fromZero
            summary={t("ui.reservoir.flows_described", {
              name: reservoir.name,
              from: absoluteTime(inflow.fromMs, now(), false),
              to: absoluteTime(inflow.toMs, now(), false),
            })}
          />
        </Suspense>
      )}
    </section>
  );
}
