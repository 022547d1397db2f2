import type { Translator } from "../i18n";

/**
 * How long is left until a moment, rounded down: of two readings of a clock that saves lives, the earlier one.
 * Null once the moment has come.
 */
export function timeLeft(t: Translator, ms: number, nowMs: number): string | null {
  const minutes = Math.floor((ms - nowMs) / 60_000);
  if (ms <= nowMs) return null;
  if (minutes < 1) return t("ui.duration.under_minute");
  if (minutes < 60) return t("ui.duration.minutes", { n: minutes });
  return t("ui.duration.hours", { h: Math.floor(minutes / 60), m: minutes % 60 });
}

/** An instant for the API from a moment in ms. */
export function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}
