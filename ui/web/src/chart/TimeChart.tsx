import { useEffect, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { useT } from "../i18n";
import { preferences } from "../prefs/preferences";
import { useStore } from "../state/store";
import { absoluteTime, shortTime, wallTime, ZONE } from "../time/ict";
import {
  type Band,
  type Dot,
  drawBand,
  drawDots,
  drawLast,
  drawLevels,
  drawNow,
  type LevelLine,
  token,
} from "./draw";
import { nearest, type Series, valueRange } from "./series";

export interface ChartLine {
  id: string;
  label: string;
  series: Series;
  /** Token of its colour. */
  token: string;
  dash?: number[];
  width?: number;
  /** Its newest point is marked. */
  last?: boolean;
}

interface Props {
  lines: readonly ChartLine[];
  levels?: readonly LevelLine[];
  band?: Band | null;
  dots?: readonly Dot[];
  fromMs: number;
  toMs: number;
  /** Where the present is drawn; null where the picture shows the past alone. */
  nowMs?: number | null;
  height: number;
  digits: number;
  unit: string;
  /** What the picture shows, for those who do not see it. */
  summary: string;
  /** The value axis begins at zero: amounts, not levels. */
  fromZero?: boolean;
}

const FONT = '500 11px "Be Vietnam Pro", sans-serif';
const EMPTY: Series = [[], []];

/** Ticks: hours and minutes; the date where a day begins, and alone when the steps are days. */
function timeLabels(splits: number[]): string[] {
  const days = (splits[1] ?? 0) - (splits[0] ?? 0) >= 86_400;
  return splits.map((s) => {
    const t = wallTime(s * 1000);
    return days || (t.hour === "00" && t.minute === "00") ? `${t.day}/${t.month}` : shortTime(s * 1000);
  });
}

/** Lines over time on one axis of values, with levels, a band of likelihood and doubtful points. One datum only. */
export default function TimeChart(props: Props) {
  const { lines, height, digits, unit, summary, fromZero = false } = props;
  const t = useT();
  const box = useRef<HTMLDivElement>(null);
  const readout = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const theme = useStore(preferences, (p) => p.theme);
  const latest = useRef(props);
  latest.current = props;
  const shape = JSON.stringify(
    lines.map(({ id, label, token: colour, dash, width }) => [id, label, colour, dash, width]),
  );

  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    void theme;
    const axis = {
      stroke: token("--text-3"),
      font: FONT,
      grid: { stroke: token("--line"), width: 1 },
      ticks: { show: false },
    };
    const looks = JSON.parse(shape) as [string, string, string, number[] | null, number | null][];
    const draw = (u: uPlot) => {
      const { levels = [], band, dots = [], nowMs, lines: drawn } = latest.current;
      if (nowMs !== null && nowMs !== undefined) drawNow(u, nowMs / 1000, t("ui.chart.now"));
      if (band) drawBand(u, band);
      drawLevels(u, levels);
      drawDots(u, dots);
      for (const line of drawn) {
        const [times, values] = line.series;
        const time = times.at(-1);
        const value = values.at(-1);
        if (line.last === true && time !== undefined && typeof value === "number") drawLast(u, time, value);
      }
    };
    const read = (u: uPlot) => {
      const target = readout.current;
      const { left } = u.cursor;
      if (target === null) return;
      if (left === undefined || left === null || left < 0) {
        target.textContent = "";
        return;
      }
      const at = u.posToVal(left, "x");
      const found = latest.current.lines.flatMap((line) => {
        const point = nearest(line.series, at);
        return point === null ? [] : [{ line, point }];
      });
      const first = found[0];
      const doubted = first && (latest.current.dots ?? []).find((dot) => dot.time === first.point.time);
      const doubt =
        doubted === undefined
          ? ""
          : ` · ${t(doubted.look === "crossed" ? "quality.bad" : "quality.suspect")}${doubted.flags
              .map((flag) => ` · ${t.maybe(`quality.${flag}`) ?? flag}`)
              .join("")}`;
      target.textContent =
        first === undefined
          ? ""
          : `${absoluteTime(first.point.time * 1000, Date.now(), false)} · ${found
              .map(
                ({ line, point }) =>
                  `${found.length > 1 || latest.current.lines.length > 1 ? `${line.label} ` : ""}${t.number(point.value, digits)} ${unit}`,
              )
              .join(" · ")}${doubt}`;
    };
    const chart = new uPlot(
      {
        width: Math.max(element.clientWidth, 120),
        height,
        tzDate: (s) => uPlot.tzDate(new Date(s * 1000), ZONE),
        legend: { show: false },
        cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
        scales: {
          x: { range: () => [latest.current.fromMs / 1000, latest.current.toMs / 1000] },
          y: {
            range: () => {
              const { lines: drawn, band, levels = [] } = latest.current;
              const values = drawn.flatMap((line) => line.series[1]);
              const [low, high] = valueRange(
                [...values, ...(band?.low ?? []), ...(band?.high ?? [])],
                levels.map((level) => level.value),
              );
              return fromZero ? [0, Math.max(high, 1)] : [low, high];
            },
          },
        },
        axes: [
          { ...axis, space: 62, size: 26, values: (_u, splits) => timeLabels(splits) },
          {
            ...axis,
            space: 26,
            size: 50,
            values: (_u, splits) => {
              const step = Math.abs((splits[1] ?? 1) - (splits[0] ?? 0));
              return splits.map((v) => t.number(v, step < 0.1 ? 2 : step < 1 ? 1 : 0));
            },
          },
        ],
        series: [
          {},
          ...looks.map(([, label, colour, dash, width]) => ({
            label,
            stroke: token(colour),
            width: width ?? 2,
            spanGaps: false,
            points: { show: false },
            ...(dash === null || dash === undefined ? {} : { dash }),
          })),
        ],
        hooks: { draw: [draw], setCursor: [read] },
      },
      aligned(latest.current.lines),
      element,
    );
    plot.current = chart;
    const observer = new ResizeObserver(() => {
      if (element.clientWidth > 0) chart.setSize({ width: element.clientWidth, height });
    });
    observer.observe(element);
    void document.fonts.ready.then(() => plot.current === chart && chart.redraw());
    return () => {
      observer.disconnect();
      chart.destroy();
      plot.current = null;
    };
  }, [theme, shape, height, digits, unit, fromZero, t]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the chart reads all of them from `latest`
  useEffect(() => {
    plot.current?.setData(aligned(lines));
  }, [lines, props.levels, props.band, props.dots, props.fromMs, props.toMs, props.nowMs]);

  return (
    <div className="chart">
      <div className="chart-readout" ref={readout} aria-hidden="true" />
      <div ref={box} role="img" aria-label={summary} style={{ minHeight: height }} />
    </div>
  );
}

/** One time axis for all lines: a null stays a hole of its own line, a time of another line is none. */
function aligned(lines: readonly ChartLine[]): uPlot.AlignedData {
  const tables = lines.map((line) => line.series as uPlot.AlignedData);
  if (tables.length === 1) return tables[0] ?? (EMPTY as uPlot.AlignedData);
  const filled = tables.map((table) =>
    table[0].length === 0 ? ([[0], [null]] as uPlot.AlignedData) : table,
  );
  return uPlot.join(
    filled,
    filled.map((table) => table.map(() => 1) as uPlot.JoinNullMode[]),
  );
}
