import type { Rain, RainStation } from "../api/hazards";

export const WINDOWS_H = [1, 3, 6, 12, 24, 48, 72] as const;

/** The sum of a window, null when any part of it is missing: a hole in the record is not a dry hour. */
export function rainOf(station: RainStation, window: number): number | null {
  const value = station.windows[String(window)];
  return typeof value === "number" ? value : null;
}

/** Most rain first; what is unknown after what is known, because nobody can rank it. */
export function byRain(window: number): (a: RainStation, b: RainStation) => number {
  return (a, b) => {
    const [x, y] = [rainOf(a, window), rainOf(b, window)];
    if (x === null || y === null)
      return Number(x === null) - Number(y === null) || a.name.localeCompare(b.name, "vi");
    return y - x || a.name.localeCompare(b.name, "vi");
  };
}

export function windowsOf(rain: Rain | undefined): readonly number[] {
  return rain !== undefined && rain.windows_h.length > 0 ? rain.windows_h : WINDOWS_H;
}

/** Radius of a station's circle, px: area grows with rain, so that twice the rain looks like twice. */
export function radiusOf(mm: number | null): number {
  return mm === null ? 11 : Math.min(11 + Math.sqrt(Math.max(mm, 0)) * 1.1, 30);
}
