import { useSyncExternalStore } from "react";

/**
 * A small external store.
 *
 * Writes are visible to `get` at once, but subscribers hear of them once per animation frame: three hundred
 * events in a second cost sixty renders, not three hundred. A change made by the person at the keyboard calls
 * `flush`, so that their own key press is never one frame late. In a hidden tab there are no frames, so a timer
 * stands in: the title and the alarm sound must go on working there.
 */
export interface Store<T> {
  get(): T;
  set(next: T | ((current: T) => T)): void;
  flush(): void;
  subscribe(listener: () => void): () => void;
}

const HIDDEN_TAB_DELAY_MS = 100;

const queued = new Set<() => void>();
let scheduled = false;

function drain(): void {
  scheduled = false;
  const run = [...queued];
  queued.clear();
  for (const publish of run) publish();
}

function schedule(publish: () => void): void {
  queued.add(publish);
  if (scheduled) return;
  scheduled = true;
  if (typeof document !== "undefined" && document.visibilityState === "visible") {
    requestAnimationFrame(drain);
  } else {
    setTimeout(drain, HIDDEN_TAB_DELAY_MS);
  }
}

export function createStore<T>(initial: T): Store<T> {
  let current = initial;
  const listeners = new Set<() => void>();
  const publish = () => {
    for (const listener of [...listeners]) listener();
  };
  return {
    get: () => current,
    set(next) {
      const value = typeof next === "function" ? (next as (current: T) => T)(current) : next;
      if (Object.is(value, current)) return;
      current = value;
      schedule(publish);
    },
    flush() {
      queued.delete(publish);
      publish();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** Reads a store; `select` must return a value that is identical while nothing it depends on changed. */
export function useStore<T>(store: Store<T>): T;
export function useStore<T, S>(store: Store<T>, select: (state: T) => S): S;
export function useStore<T, S>(store: Store<T>, select?: (state: T) => S): T | S {
  const snapshot = () => (select === undefined ? store.get() : select(store.get()));
  return useSyncExternalStore(store.subscribe, snapshot);
}
