import { createStore, useStore } from "../state/store";

/**
 * What time it is, by the server.
 *
 * `wall`: the server's clock carried forward with the browser's monotonic timer, so that a workstation set seven
 * minutes wrong still shows right times (and is told so). `data`: time follows the largest accepted observation;
 * between two answers of the server it stands still, because nobody here knows how fast the tape runs.
 */

export type ClockMode = "wall" | "data";

interface Anchor {
  mode: ClockMode;
  serverMs: number;
  atMonotonicMs: number;
}

let anchor: Anchor | null = null;

/** Browser clock minus server clock in ms; null until the server answered. */
export const skew = createStore<number | null>(null);

/** Ticks once a second; its value is the time to show. */
export const tick = createStore<number>(Date.now());

export function now(): number {
  if (anchor === null) return Date.now();
  if (anchor.mode === "data") return anchor.serverMs;
  return anchor.serverMs + (performance.now() - anchor.atMonotonicMs);
}

/** Adopts the server's `now` (from `/system`, `/auth/me` or, on the data clock, an observation time). */
export function setServerNow(mode: ClockMode, serverMs: number): void {
  if (mode === "data" && anchor?.mode === "data" && serverMs < anchor.serverMs) return;
  anchor = { mode, serverMs, atMonotonicMs: performance.now() };
  tick.set(now());
}

export function clockMode(): ClockMode {
  return anchor?.mode ?? "wall";
}

/** On the data clock every event and reading moves time forward; on the wall clock they say nothing. */
export function advanceDataClock(ms: number): void {
  if (anchor?.mode === "data" && ms > anchor.serverMs) setServerNow("data", ms);
}

/** The `Date` header has whole seconds and is stamped at an unknown moment of the round trip. */
export function noteServerDate(serverMs: number, roundTripMs: number): void {
  if (Number.isNaN(serverMs) || roundTripMs > 5000) return;
  skew.set(Math.round(Date.now() - roundTripMs / 2 - (serverMs + 500)));
}

export const SKEW_WARNING_MS = 30_000;

export function startTicking(): () => void {
  const timer = setInterval(() => tick.set(now()), 1000);
  return () => clearInterval(timer);
}

/** Now, re-rendering every second. For an age prefer `useTicking`: it renders only when the words change. */
export function useNow(): number {
  return useStore(tick);
}

/** A value computed from the current time (a string, a number, a flag); renders only when it changes. */
export function useTicking<V extends string | number | boolean | null>(compute: (nowMs: number) => V): V {
  return useStore(tick, compute);
}
