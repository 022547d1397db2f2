/**
 * Times as the operations room reads them: Indochina Time whatever the browser's zone, 24 hours, absolute first.
 */

export const ZONE = "Asia/Ho_Chi_Minh";

const DAY_MS = 86_400_000;

const parts = new Intl.DateTimeFormat("en-GB", {
  timeZone: ZONE,
  year: "numeric",
  month: "2-digit",
  day: "2-digit",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23",
});

export interface WallTime {
  year: string;
  month: string;
  day: string;
  hour: string;
  minute: string;
  second: string;
}

export function wallTime(ms: number): WallTime {
  const found: Record<string, string> = {};
  for (const part of parts.formatToParts(ms)) found[part.type] = part.value;
  return found as unknown as WallTime;
}

/** `14:32:07` */
export function clockTime(ms: number): string {
  const t = wallTime(ms);
  return `${t.hour}:${t.minute}:${t.second}`;
}

/** `14:32` */
export function shortTime(ms: number): string {
  const t = wallTime(ms);
  return `${t.hour}:${t.minute}`;
}

/** `22/11/2026` */
export function dateOnly(ms: number): string {
  const t = wallTime(ms);
  return `${t.day}/${t.month}/${t.year}`;
}

/** `14:32:07`, and from 24 hours on (or on a time ahead of now by more than that) with its date. */
export function absoluteTime(ms: number, nowMs: number, seconds = true): string {
  const time = seconds ? clockTime(ms) : shortTime(ms);
  return Math.abs(nowMs - ms) >= DAY_MS ? `${time} ${dateOnly(ms)}` : time;
}

export type AgeUnit = "now" | "second" | "minute" | "hour" | "day";

export interface Age {
  unit: AgeUnit;
  count: number;
  future: boolean;
}

/** The age of a moment in the one unit a person would say. Below `freshS` seconds it is "now". */
export function ageOf(ms: number, nowMs: number, freshS = 5): Age {
  const seconds = (nowMs - ms) / 1000;
  const future = seconds < 0;
  const s = Math.abs(seconds);
  if (s < freshS) return { unit: "now", count: 0, future };
  if (s < 60) return { unit: "second", count: Math.floor(s), future };
  if (s < 3600) return { unit: "minute", count: Math.floor(s / 60), future };
  if (s < 86_400) return { unit: "hour", count: Math.floor(s / 3600), future };
  return { unit: "day", count: Math.floor(s / 86_400), future };
}

/** Offset of Indochina Time: it has had no daylight saving since 1975. */
const OFFSET_MS = 7 * 3_600_000;

/**
 * The instant (ms) of a time and a date as people write them here, both in ICT: "18:00", "18h", "18h05" and
 * "22/11/2026" or "22/11/26". Null for anything that is not a moment of the calendar.
 */
export function parseMoment(time: string, date: string): number | null {
  const t = /^\s*(\d{1,2})\s*[:hg.]\s*(\d{2})?\s*$/i.exec(time);
  const d = /^\s*(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}|\d{2})\s*$/.exec(date);
  if (t === null || d === null) return null;
  const [hour, minute] = [Number(t[1]), Number(t[2] ?? "0")];
  const [day, month] = [Number(d[1]), Number(d[2])];
  const year = Number(d[3]) + (d[3]?.length === 2 ? 2000 : 0);
  if (hour > 23 || minute > 59) return null;
  const ms = Date.UTC(year, month - 1, day, hour, minute);
  const made = new Date(ms);
  if (made.getUTCDate() !== day || made.getUTCMonth() !== month - 1) return null;
  return ms - OFFSET_MS;
}
