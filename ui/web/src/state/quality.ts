import type { Reading, Station } from "../api/types";

/** How far a station's word can be trusted now. */
export type Trust = "good" | "late" | "suspect" | "offline" | "silent";

/** Usual time between readings, s, where a station's rules name none. */
const USUAL_INTERVAL_S = 900;
/** A reading is late when so many intervals have passed; the server calls a station offline by the same rule. */
const LATE_AFTER_INTERVALS = 2.5;

const MAIN_PROPERTIES = ["water_level_m", "htl", "rain_mm", "rain_acc_mm", "temperature_c"];

/** The property a station is there for. */
export function mainProperty(station: Station): string | null {
  for (const property of MAIN_PROPERTIES) if (station.latest[property] !== undefined) return property;
  return Object.keys(station.latest)[0] ?? null;
}

export function mainReading(station: Station): Reading | null {
  const property = mainProperty(station);
  return property === null ? null : (station.latest[property] ?? null);
}

/** Time between two readings of a station, s. */
export function intervalOf(station: Station): number {
  const own = station.health?.interval_s ?? station.rules.interval_s;
  return typeof own === "number" && own > 0 ? own : USUAL_INTERVAL_S;
}

export function lateAfterS(station: Station): number {
  return LATE_AFTER_INTERVALS * intervalOf(station);
}

export function trustOf(station: Station, nowMs: number): Trust {
  const reading = mainReading(station);
  if (reading === null) return "silent";
  if (station.status === "offline") return "offline";
  if (nowMs - Date.parse(reading.observed_at) > lateAfterS(station) * 1000) return "late";
  return reading.quality === "suspect" || reading.quality === "bad" ? "suspect" : "good";
}

const UNITS: Record<string, string> = {
  water_level_m: "m",
  htl: "m",
  hdbt: "m",
  hc: "m",
  rain_mm: "mm",
  rain_acc_mm: "mm",
  temperature_c: "°C",
  humidity_pct: "%",
  wind_speed_ms: "m/s",
  wind_dir_deg: "°",
  pm25_ugm3: "µg/m³",
  discharge_m3s: "m³/s",
  qve: "m³/s",
  qxt: "m³/s",
  qxm: "m³/s",
};

export function unitOf(property: string): string {
  return UNITS[property] ?? "";
}

/** Decimals that a property is read with; a river gauge is read to the centimetre. */
export function digitsOf(property: string): number {
  if (["water_level_m", "htl", "hdbt", "hc"].includes(property)) return 2;
  return ["ncxs", "ncxm", "wind_dir_deg"].includes(property) ? 0 : 1;
}
