import type { Incident } from "../api/types";
import { translatorOf } from "../i18n";
import { preferences } from "../prefs/preferences";
import { incidents } from "../state/incidents";
import { createStore } from "../state/store";
import { type Earcon, play, sound } from "./earcons";
import calmIcon from "./favicon.svg";
import alarmIcon from "./favicon-alarm.svg";

/** From this level on an unacknowledged case sounds until somebody takes it. */
export const CRITICAL_LEVEL = 4;

const REPEAT_MS = 5000;
const ANNOUNCE_EVERY_MS = 5000;

/** Text of the page's `role=alert`. */
export const announcement = createStore("");

export function earconOf(level: number): Earcon {
  if (level >= CRITICAL_LEVEL) return "critical";
  return level === 3 ? "high" : "normal";
}

/** What calls for attention since the last look: cases that are new or more severe, worst first. */
export function worsened(before: ReadonlyMap<string, number>, open: readonly Incident[]): Incident[] {
  return open
    .filter((incident) => incident.level > (before.get(incident.id) ?? -1))
    .sort((a, b) => b.level - a.level);
}

/** Watches the cases; sound, title, icon and the spoken text follow. Returns how to stop. */
export function startAlarm(): () => void {
  const levels = new Map<string, number>();
  let first = true;
  let repeat: ReturnType<typeof setInterval> | undefined;
  let toSay: Incident[] = [];
  let sayTimer: ReturnType<typeof setTimeout> | undefined;
  let saidAt = Number.NEGATIVE_INFINITY;

  const say = () => {
    sayTimer = undefined;
    const [worst] = toSay;
    if (worst === undefined) return;
    const t = translatorOf(preferences.get().language);
    const others = toSay.length - 1;
    const params = {
      level: `${worst.level} ${t.code(`level.${worst.level}`)}`,
      title: t.local(worst.title),
      area: worst.area_name ?? "",
    };
    announcement.set(
      t("ui.announce.incident", params) +
        (others > 0 ? ` ${t("ui.announce.others", { count: others })}` : ""),
    );
    toSay = [];
    saidAt = performance.now();
  };

  const look = () => {
    const { byId, loaded } = incidents.get();
    if (!loaded) return;
    const open = [...byId.values()].filter((incident) => incident.state !== "closed");
    const worse = worsened(levels, open);
    levels.clear();
    for (const incident of open) levels.set(incident.id, incident.level);

    const unacknowledged = open.filter((incident) => incident.state === "new");
    const critical = unacknowledged.filter((incident) => incident.level >= CRITICAL_LEVEL);

    const fresh = worse.filter((incident) => incident.state === "new" || !first);
    const [worst] = fresh;
    if (worst !== undefined && !first) {
      play(earconOf(worst.level));
      toSay = [...toSay, ...fresh].sort((a, b) => b.level - a.level);
      sayTimer ??= setTimeout(say, Math.max(0, ANNOUNCE_EVERY_MS - (performance.now() - saidAt)));
    }
    if (critical.length > 0 && repeat === undefined) {
      repeat = setInterval(() => play("critical"), REPEAT_MS);
      // Found waiting rather than just arrived: nothing has sounded for it yet.
      if (first || worst === undefined) play("critical");
    }
    first = false;
    if (critical.length === 0) {
      clearInterval(repeat);
      repeat = undefined;
    }
    showInTab(unacknowledged.length, critical);
  };

  const unsubscribe = [
    incidents.subscribe(look),
    preferences.subscribe(look),
    // Sound switched on while a critical case is waiting: it must be heard at once, not in five seconds.
    sound.subscribe(() => {
      if (sound.get() === "on" && repeat !== undefined) play("critical");
    }),
  ];
  look();
  return () => {
    for (const stop of unsubscribe) stop();
    clearInterval(repeat);
    clearTimeout(sayTimer);
    showInTab(0, []);
  };
}

let baseTitle = "EOC";
let shown: { count: number; critical: Incident | undefined } = { count: 0, critical: undefined };

/** Name of the page that is open; the alarm prefix is kept in front of it. */
export function setPageTitle(title: string): void {
  baseTitle = title;
  writeTitle();
}

function writeTitle(): void {
  const t = translatorOf(preferences.get().language);
  const { count, critical } = shown;
  if (critical !== undefined) {
    document.title = t("ui.tab.critical", { level: critical.level, count, title: t.local(critical.title) });
  } else {
    document.title = count > 0 ? `(${count}) ${baseTitle}` : baseTitle;
  }
}

function showInTab(count: number, critical: readonly Incident[]): void {
  shown = { count, critical: [...critical].sort((a, b) => b.level - a.level)[0] };
  writeTitle();
  const icon = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
  const href = critical.length > 0 ? alarmIcon : calmIcon;
  if (icon !== null && icon.getAttribute("href") !== href) icon.setAttribute("href", href);
}
