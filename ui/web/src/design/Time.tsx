import { type Translator, useT } from "../i18n";
import { useTicking } from "../time/clock";
import { absoluteTime, ageOf, dateOnly, shortTime } from "../time/ict";

/** "2 phút", or "vừa xong" for what has just happened. */
export function ageText(t: Translator, ms: number, nowMs: number): string {
  const age = ageOf(ms, nowMs);
  return age.unit === "now" ? t("ui.age.now") : t(`ui.age.${age.unit}`, { n: age.count });
}

/** "2 phút trước", "còn 3 giờ". */
export function relativeText(t: Translator, ms: number, nowMs: number): string {
  const age = ageOf(ms, nowMs);
  if (age.unit === "now") return t("ui.age.now");
  return t(age.future ? "ui.age.ahead" : "ui.age.ago", { age: ageText(t, ms, nowMs) });
}

interface Props {
  iso: string;
  /**
   * `absolute` (with seconds), `short` (without), `age`, `relative`, `full`: absolute first, relative second;
   * `dated`: the same with the date even today, for what lies ahead.
   */
  as?: "absolute" | "short" | "age" | "relative" | "full" | "dated";
}

/** A moment in ICT, marked up in UTC. */
export function Time({ iso, as = "full" }: Props) {
  const t = useT();
  const ms = Date.parse(iso);
  const text = useTicking((nowMs) => {
    switch (as) {
      case "absolute":
        return absoluteTime(ms, nowMs);
      case "short":
        return absoluteTime(ms, nowMs, false);
      case "age":
        return ageText(t, ms, nowMs);
      case "relative":
        return relativeText(t, ms, nowMs);
      case "dated":
        return `${shortTime(ms)} ${dateOnly(ms)} (${relativeText(t, ms, nowMs)})`;
      case "full":
        return `${absoluteTime(ms, nowMs)} (${relativeText(t, ms, nowMs)})`;
    }
  });
  if (Number.isNaN(ms)) return <span>–</span>;
  return <time dateTime={new Date(ms).toISOString()}>{text}</time>;
}
