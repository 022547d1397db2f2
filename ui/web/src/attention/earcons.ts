import { preferences } from "../prefs/preferences";
import { createStore } from "../state/store";

/**
 * Three distinct sounds, made rather than loaded: nothing to download, and the volume is ours. Each is shorter
 * than three seconds. Browsers let a page sound only after a gesture, hence "switch sound on" at shift start.
 */

export type Earcon = "critical" | "high" | "normal";
export type SoundState = "locked" | "on" | "muted";

export const sound = createStore<SoundState>("locked");
/** What is being sounded; the status bar shows it, so that an alarm is never heard only. */
export const sounding = createStore<Earcon | null>(null);

interface Tone {
  hz: number;
  atS: number;
  forS: number;
}

export const PATTERNS: Record<Earcon, readonly Tone[]> = {
  critical: [0, 1, 2].flatMap((i) => [
    { hz: 932, atS: i * 0.8, forS: 0.36 },
    { hz: 622, atS: i * 0.8 + 0.4, forS: 0.36 },
  ]),
  high: [0, 1, 2].map((i) => ({ hz: 784, atS: i * 0.32, forS: 0.2 })),
  normal: [{ hz: 587, atS: 0, forS: 0.28 }],
};

export function durationS(earcon: Earcon): number {
  return Math.max(...PATTERNS[earcon].map((tone) => tone.atS + tone.forS));
}

let context: AudioContext | null = null;
let quietTimer: ReturnType<typeof setTimeout> | undefined;

function settle(): void {
  const running = context?.state === "running";
  sound.set(
    running ? (preferences.get().muted || preferences.get().volume === 0 ? "muted" : "on") : "locked",
  );
}

preferences.subscribe(settle);

/** To be called from a click or key press. */
export async function unlockSound(): Promise<void> {
  if (context === null) {
    context = new AudioContext();
    context.onstatechange = settle;
  }
  await context.resume();
  settle();
}

export function play(earcon: Earcon): void {
  sounding.set(earcon);
  clearTimeout(quietTimer);
  quietTimer = setTimeout(() => sounding.set(null), durationS(earcon) * 1000);
  if (context === null || sound.get() !== "on") return;
  // Ears hear loudness as a power: half of the slider is meant to sound half as loud.
  const loudness = (preferences.get().volume / 100) ** 2 * 0.6;
  const master = context.createGain();
  master.gain.value = loudness;
  master.connect(context.destination);
  const start = context.currentTime + 0.02;
  for (const tone of PATTERNS[earcon]) {
    const oscillator = context.createOscillator();
    const envelope = context.createGain();
    oscillator.type = earcon === "critical" ? "square" : "sine";
    oscillator.frequency.value = tone.hz;
    const from = start + tone.atS;
    const until = from + tone.forS;
    envelope.gain.setValueAtTime(0, from);
    envelope.gain.linearRampToValueAtTime(earcon === "critical" ? 0.5 : 1, from + 0.012);
    envelope.gain.setValueAtTime(earcon === "critical" ? 0.5 : 1, until - 0.04);
    envelope.gain.linearRampToValueAtTime(0, until);
    oscillator.connect(envelope).connect(master);
    oscillator.start(from);
    oscillator.stop(until + 0.02);
  }
}
