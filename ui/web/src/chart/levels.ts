import type { Station, Threshold } from "../api/types";
import type { Translator } from "../i18n";
import type { LevelLine } from "./draw";

export const THRESHOLDS: readonly Threshold[] = ["bd1", "bd2", "bd3"];

/** A gauge's alarm levels as lines of its chart; those that are not set are not drawn. */
export function levelLines(t: Translator, thresholds: Station["thresholds"]): LevelLine[] {
  return THRESHOLDS.flatMap((name) => {
    const value = thresholds?.[name];
    if (typeof value !== "number") return [];
    return [{ value, label: `${t(`threshold.${name}`)} ${t.number(value, 2)}`, token: `--${name}-text` }];
  });
}
