import type { Observation, Reading } from "../api/types";

/** Times (s since the epoch) and values of a line, oldest first; a null breaks the line where data is missing. */
export type Series = [number[], (number | null)[]];

/** A silence longer than this many times the usual interval is a hole, and a hole is not drawn over. */
const HOLE_FACTOR = 4;

export function toSeries(observations: readonly Observation[]): Series {
  const rows: [number, number][] = [];
  for (const o of observations) {
    const value = o.value ?? o.avg;
    if (value === undefined || value === null) continue;
    rows.push([Date.parse(o.observed_at) / 1000, value]);
  }
  rows.sort((a, b) => a[0] - b[0]);
  const steps = rows.slice(1).map((row, i) => row[0] - (rows[i]?.[0] ?? 0));
  const usual = [...steps].sort((a, b) => a - b)[Math.floor(steps.length / 2)] ?? 0;
  const times: number[] = [];
  const values: (number | null)[] = [];
  for (const [time, value] of rows) {
    const last = times.at(-1);
    if (last !== undefined && time === last) {
      values[values.length - 1] = value;
      continue;
    }
    if (last !== undefined && usual > 0 && time - last > Math.max(usual * HOLE_FACTOR, 60)) {
      times.push(last + usual);
      values.push(null);
    }
    times.push(time);
    values.push(value);
  }
  return [times, values];
}

/** The series with a newer reading at its end; an older or equal one changes nothing. */
export function append(series: Series, reading: Reading): Series {
  const time = Date.parse(reading.observed_at) / 1000;
  const last = series[0].at(-1);
  if (Number.isNaN(time) || (last !== undefined && time <= last)) return series;
  return [
    [...series[0], time],
    [...series[1], reading.value],
  ];
}

/** Range of the value axis: the line with some air, and each threshold that is near enough to matter. */
export function valueRange(
  values: readonly (number | null)[],
  thresholds: readonly number[],
): [number, number] {
  const known = values.filter((value): value is number => value !== null);
  let low = Math.min(...known);
  let high = Math.max(...known);
  if (known.length === 0) {
    low = Math.min(...thresholds);
    high = Math.max(...thresholds);
  }
  if (!Number.isFinite(low) || !Number.isFinite(high)) return [0, 1];
  const span = Math.max(high - low, 0.5);
  for (const threshold of thresholds) {
    if (threshold > low - span * 1.5 && threshold < high + span * 1.5) {
      low = Math.min(low, threshold);
      high = Math.max(high, threshold);
    }
  }
  const air = Math.max((high - low) * 0.08, 0.05);
  return [low - air, high + air];
}

/** A reading further from the pointer than this many usual steps is not what the pointer means. */
const REACH_STEPS = 2;

/** The point of a line nearest to a time (s), null where the line has none near it. */
export function nearest(series: Series, timeS: number): { time: number; value: number } | null {
  const [times, values] = series;
  let low = 0;
  let high = times.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? 0) < timeS) low = middle + 1;
    else high = middle;
  }
  const step = times.length < 2 ? 3600 : ((times.at(-1) ?? 0) - (times[0] ?? 0)) / (times.length - 1);
  let best: { time: number; value: number } | null = null;
  for (const i of [low - 1, low]) {
    const time = times[i];
    const value = values[i];
    if (time === undefined || typeof value !== "number") continue;
    const far = Math.abs(time - timeS);
    if (far <= step * REACH_STEPS && (best === null || far < Math.abs(best.time - timeS)))
      best = { time, value };
  }
  return best;
}

/** Splits readings into a line of what is believed and the points that are doubted or wrong. */
export function byQuality(observations: readonly Observation[]): {
  series: Series;
  doubted: { time: number; value: number; wrong: boolean; flags: readonly string[] }[];
} {
  const doubted = [];
  const line = [];
  for (const o of observations) {
    if (o.value === undefined || o.quality === undefined || o.quality === "good" || o.quality === "ok") {
      line.push(o);
      continue;
    }
    const wrong = o.quality === "bad";
    doubted.push({ time: Date.parse(o.observed_at) / 1000, value: o.value, wrong, flags: o.flags ?? [] });
    // A doubted reading stays on the line, hollow; a wrong one would bend the line to where the water never was.
    if (!wrong) line.push(o);
  }
  return { series: toSeries(line), doubted };
}
