import { play, sound, sounding, unlockSound } from "../attention/earcons";
import { Icon } from "../design/Icon";
import { useT } from "../i18n";
import { link } from "../live/feed";
import { preferences, setPreference } from "../prefs/preferences";
import { useStore } from "../state/store";
import { system } from "../state/world";
import { useTicking } from "../time/clock";
import { clockTime, shortTime } from "../time/ict";
import { feedHealth, type Health } from "./health";

/** Health of what feeds the screen, always with a word; below that the alarm rate and whether sound is on. */
export function StatusBar({ onHelp }: { onHelp: () => void }) {
  const t = useT();
  const status = useStore(system);
  const health = status === null ? [] : feedHealth(status);
  return (
    <footer className="statusbar">
      <LinkChip />
      {health.map(({ key, health: state, params }) => (
        <Chip key={key} state={state} text={t(key, formatted(params))} />
      ))}
      <span className="spacer" />
      {status !== null && <AlarmRate count={status.alarms_10min} />}
      <SoundState />
      <button type="button" className="bar-button" onClick={onHelp}>
        <span className="key" aria-hidden="true">
          ?
        </span>{" "}
        {t("ui.help.title")}
      </button>
    </footer>
  );

  function formatted(params: Record<string, string | number>): Record<string, string | number> {
    return Object.fromEntries(
      Object.entries(params).map(([name, value]) => [
        name,
        name === "at" && typeof value === "string"
          ? shortTime(Date.parse(value))
          : typeof value === "number"
            ? t.number(value)
            : value,
      ]),
    );
  }
}

function Chip({ state, text }: { state: Health; text: string }) {
  const t = useT();
  return (
    <span className={`chip chip-${state}`}>
      <span className="dot" aria-hidden="true" />
      {text}
      {state !== "ok" && <span className="visually-hidden"> ({t(`ui.health.${state}`)})</span>}
    </span>
  );
}

/** Twice the time between two pings: longer than that, "live" would be a guess. */
const QUIET_MS = 10_000;

function LinkChip() {
  const t = useT();
  const status = useStore(link);
  const quiet = useTicking(() => status.heardAt === null || performance.now() - status.heardAt > QUIET_MS);
  const state: Health =
    status.state === "live" ? (quiet ? "caution" : "ok") : status.state === "connecting" ? "caution" : "bad";
  const text =
    status.lastDataMs === null
      ? t("ui.link.connecting")
      : status.state === "live" && !quiet
        ? t("ui.link.live")
        : t("ui.link.as_of", { time: clockTime(status.lastDataMs) });
  return <Chip state={state} text={text} />;
}

/** Alarms in ten minutes: one is steady, ten is a flood (EEMUA 191). */
function AlarmRate({ count }: { count: number }) {
  const t = useT();
  const state: Health = count >= 10 ? "bad" : count > 5 ? "caution" : "ok";
  return <Chip state={state} text={t("ui.alarm_rate", { count })} />;
}

function SoundState() {
  const t = useT();
  const state = useStore(sound);
  const earcon = useStore(sounding);
  if (state === "locked") {
    return (
      <button
        type="button"
        className="bar-button sound-locked"
        data-sound={earcon ?? "none"}
        onClick={() => void unlockSound().then(() => play("normal"))}
      >
        <Icon name="muted" size={15} /> {t("ui.sound.enable")}
      </button>
    );
  }
  return (
    <button
      type="button"
      className={`bar-button${state === "muted" ? " sound-locked" : ""}`}
      data-sound={earcon ?? "none"}
      aria-pressed={state === "muted"}
      onClick={() => {
        if (state === "muted" && preferences.get().volume === 0) setPreference("volume", 50);
        setPreference("muted", state === "on");
      }}
    >
      <Icon name={state === "muted" ? "muted" : "sound"} size={15} />{" "}
      {state === "muted" ? t("ui.sound.muted") : earcon === null ? t("ui.sound.on") : t("ui.sound.playing")}
    </button>
  );
}
