import { loadIncidents, markDirty } from "../state/incidents";
import { loadSession } from "../state/session";
import { createStore } from "../state/store";
import { loadPhoneMessages, loadWarnings, markWarningDirty, phoneMessages } from "../state/warnings";
import { loadCommunes, loadStations, loadSystem, takeObservations } from "../state/world";
import { advanceDataClock, now } from "../time/clock";
import { type LinkState, LiveLink } from "./connection";
import type { LiveEvent } from "./protocol";
import { noteTopic } from "./topics";

export interface LinkStatus {
  state: LinkState;
  /** When the last word from the server came, server time in ms: the age of everything on the screen. */
  lastDataMs: number | null;
  /** The same on the monotonic clock: how long ago that was, whatever the data clock does meanwhile. */
  heardAt: number | null;
  /** When the line was lost, monotonic ms; null while it is up. */
  lostAt: number | null;
}

export const link = createStore<LinkStatus>({
  state: "connecting",
  lastDataMs: null,
  heardAt: null,
  lostAt: null,
});

/** Runs `work` now and at most once per `everyMs` however often it is asked for; the last request is kept. */
function paced(everyMs: number, work: () => Promise<unknown>): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let last = Number.NEGATIVE_INFINITY;
  return () => {
    if (timer !== undefined) return;
    const wait = Math.max(0, everyMs - (performance.now() - last));
    timer = setTimeout(() => {
      timer = undefined;
      last = performance.now();
      void work().catch(() => undefined);
    }, wait);
  };
}

const refreshCommunes = paced(2000, loadCommunes);
const refreshStations = paced(2000, loadStations);
const refreshSystem = paced(2000, loadSystem);
const refreshPhones = paced(1000, async () => {
  if (phoneMessages.get() !== null) await loadPhoneMessages();
});

function heard(): void {
  link.set((status) => ({ ...status, lastDataMs: now(), heardAt: performance.now() }));
}

function onEvent(event: LiveEvent): void {
  heard();
  const atMs = Date.parse(event.at);
  advanceDataClock(atMs);
  const [family = ""] = event.kind.split(".");
  noteTopic(family);
  switch (family) {
    case "incident":
      markDirty(event.subject, atMs);
      refreshCommunes();
      // A case is about a reading, and that one may have come before the line was open.
      refreshStations();
      refreshSystem();
      break;
    case "warning": {
      markWarningDirty(event.subject);
      refreshPhones();
      const { incident } = event.data;
      if (typeof incident === "string") markDirty(incident, null);
      break;
    }
    case "station":
      refreshStations();
      break;
    case "system":
      refreshSystem();
      break;
  }
}

/** Takes every list again; resolves with the seq of the oldest of them, from which nothing can be missing. */
async function snapshot(): Promise<number> {
  const [seq] = await Promise.all([
    loadIncidents(),
    loadStations(),
    loadCommunes(),
    loadWarnings(),
    loadSystem(),
  ]);
  return seq;
}

const SNAPSHOT_RETRY_MS = 2000;

/** Opens the stream after the first snapshot and keeps both going; returns how to end it. */
export function startFeed(): () => void {
  let stopped = false;
  let wasLost = false;

  const untilDone = async (): Promise<number | null> => {
    while (!stopped) {
      try {
        return await snapshot();
      } catch {
        await new Promise((resolve) => setTimeout(resolve, SNAPSHOT_RETRY_MS));
      }
    }
    return null;
  };

  const live = new LiveLink(
    {
      onState: (state) => {
        if (state === "lost") wasLost = true;
        if (state === "live") {
          heard();
          // The stream itself fills the hole; the lists are taken again because an outage is no time for faith.
          if (wasLost) {
            void snapshot().catch(() => undefined);
            noteTopic("*");
          } else refreshStations();
          wasLost = false;
        }
        link.set((status) => ({
          ...status,
          state,
          lostAt:
            state === "lost" ? (status.lostAt ?? performance.now()) : state === "live" ? null : status.lostAt,
        }));
      },
      onEvent,
      onObservations: (items) => {
        heard();
        takeObservations(items);
      },
      onAlive: heard,
      onSessionEnded: () => void loadSession().catch(() => undefined),
      onResync: untilDone,
    },
    {
      open: (path) => new WebSocket(path.replace(/^\//, `${location.origin.replace(/^http/, "ws")}/`)),
      random: Math.random,
    },
  );

  void untilDone().then((seq) => {
    if (!stopped) live.start(seq);
  });

  const online = () => live.nudge();
  window.addEventListener("online", online);
  const poll = setInterval(refreshSystem, 10_000);
  return () => {
    stopped = true;
    live.stop();
    clearInterval(poll);
    window.removeEventListener("online", online);
  };
}
