import { useEffect, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { Threshold } from "../api/types";
import { useT } from "../i18n";
import { preferences } from "../prefs/preferences";
import { useStore } from "../state/store";
import { shortTime, wallTime, ZONE } from "../time/ict";
import { type Series, valueRange } from "./series";

interface Props {
  series: Series;
  thresholds: Partial<Record<Threshold, number | null>>;
  fromMs: number;
  toMs: number;
  height: number;
  digits: number;
  unit: string;
  /** What the picture shows, for those who do not see it. */
  summary: string;
}

const NAMES: Threshold[] = ["bd1", "bd2", "bd3"];

const FONT = '500 11px "Be Vietnam Pro", sans-serif';

function token(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** Ticks of the time axis: hours and minutes, and the date where a day begins. */
function timeLabels(splits: number[]): string[] {
  return splits.map((s) => {
    const t = wallTime(s * 1000);
    return t.hour === "00" && t.minute === "00" ? `${t.day}/${t.month}` : shortTime(s * 1000);
  });
}

export default function LevelChart({
  series,
  thresholds,
  fromMs,
  toMs,
  height,
  digits,
  unit,
  summary,
}: Props) {
  const t = useT();
  const box = useRef<HTMLDivElement>(null);
  const readout = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const theme = useStore(preferences, (p) => p.theme);
  const lines = NAMES.flatMap((name) => {
    const value = thresholds[name];
    return typeof value === "number" ? [{ name, value }] : [];
  });
  const lineKey = JSON.stringify(lines);
  const latest = useRef({ series, fromMs, toMs });
  latest.current = { series, fromMs, toMs };

  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    void theme;
    const marks = JSON.parse(lineKey) as { name: Threshold; value: number }[];
    const axis = {
      stroke: token("--text-3"),
      font: FONT,
      grid: { stroke: token("--line"), width: 1 },
      ticks: { show: false },
    };
    const drawMarks = (u: uPlot) => {
      const { ctx } = u;
      const ratio = devicePixelRatio;
      ctx.save();
      ctx.font = `600 ${11 * ratio}px "Be Vietnam Pro", sans-serif`;
      ctx.textAlign = "left";
      ctx.textBaseline = "bottom";
      for (const { name, value } of marks) {
        const y = u.valToPos(value, "y", true);
        if (y < u.bbox.top - 1 || y > u.bbox.top + u.bbox.height + 1) continue;
        const colour = token(`--${name}-text`);
        ctx.strokeStyle = colour;
        ctx.lineWidth = 1.5 * ratio;
        ctx.setLineDash([6 * ratio, 4 * ratio]);
        ctx.beginPath();
        ctx.moveTo(u.bbox.left, y);
        ctx.lineTo(u.bbox.left + u.bbox.width, y);
        ctx.stroke();
        const text = `${t(`threshold.${name}`)} ${t.number(value, digits)}`;
        const x = u.bbox.left + 6 * ratio;
        const width = ctx.measureText(text).width;
        ctx.fillStyle = token("--raised");
        ctx.globalAlpha = 0.82;
        ctx.fillRect(x - 3 * ratio, y - 15 * ratio, width + 6 * ratio, 14 * ratio);
        ctx.globalAlpha = 1;
        ctx.fillStyle = colour;
        ctx.fillText(text, x, y - 1.5 * ratio);
      }
      ctx.restore();
    };
    const drawLast = (u: uPlot) => {
      const [times, values] = latest.current.series;
      const time = times.at(-1);
      const value = values.at(-1);
      if (time === undefined || value === undefined || value === null) return;
      const { ctx } = u;
      ctx.save();
      ctx.beginPath();
      ctx.arc(
        u.valToPos(time, "x", true),
        u.valToPos(value, "y", true),
        4 * devicePixelRatio,
        0,
        2 * Math.PI,
      );
      ctx.fillStyle = token("--series");
      ctx.fill();
      ctx.lineWidth = 2 * devicePixelRatio;
      ctx.strokeStyle = token("--raised");
      ctx.stroke();
      ctx.restore();
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
            range: () =>
              valueRange(
                latest.current.series[1],
                marks.map((mark) => mark.value),
              ),
          },
        },
        axes: [
          { ...axis, space: 62, size: 26, values: (_u, splits) => timeLabels(splits) },
          { ...axis, space: 26, size: 46, values: (_u, splits) => splits.map((v) => t.number(v, 1)) },
        ],
        series: [{}, { stroke: token("--series"), width: 2, spanGaps: false, points: { show: false } }],
        hooks: {
          draw: [drawMarks, drawLast],
          setCursor: [
            (u) => {
              const target = readout.current;
              if (target === null) return;
              const index = u.cursor.idx;
              const time = index == null ? undefined : u.data[0][index];
              const value = index == null ? undefined : u.data[1]?.[index];
              target.textContent =
                time === undefined || value === undefined || value === null
                  ? ""
                  : `${shortTime(time * 1000)} · ${t.number(value, digits)} ${unit}`;
            },
          ],
        },
      },
      latest.current.series as uPlot.AlignedData,
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
  }, [theme, lineKey, height, digits, unit, t]);

  useEffect(() => {
    void fromMs;
    void toMs;
    plot.current?.setData(series as uPlot.AlignedData);
  }, [series, fromMs, toMs]);

  return (
    <div className="chart">
      <div className="chart-readout" ref={readout} aria-hidden="true" />
      <div ref={box} role="img" aria-label={summary} style={{ minHeight: height }} />
    </div>
  );
}
