import type { Level, Reading } from "../api/types";

/**
 * The live stream as a pure state machine: what each message of `/api/v1/live` means for a viewer who must know
 * whether it has seen everything.
 *
 * Two positions are kept. `lastSent` is the last event (or, at first, the `after`) that the server says it sent us:
 * the next event's `prev` must equal it, else one was lost. `through` also moves with pings and is where a new
 * connection resumes: events hidden from this viewer lie between the two and are not a loss.
 */

export interface LiveEvent {
  seq: number;
  prev: number;
  at: string;
  kind: string;
  subject: string;
  data: Record<string, unknown>;
}

export interface LiveObservation {
  station: string;
  latest: Record<string, Reading>;
  /** Severity by this station's rule alone. */
  level?: Level;
}

export type ServerMessage =
  | { type: "hello"; seq: number; server_time: string }
  | ({ type: "event" } & LiveEvent)
  | { type: "ping"; through: number }
  | { type: "observations"; at: string; items: LiveObservation[] }
  | { type: "resync" };

export interface Position {
  lastSent: number | null;
  through: number | null;
}

export type Verdict =
  | { kind: "ready" }
  | { kind: "event"; event: LiveEvent }
  /** An event was lost before this one: fetch the snapshot again, then go on. */
  | { kind: "gap"; event: LiveEvent }
  | { kind: "alive" }
  | { kind: "observations"; items: LiveObservation[] }
  /** Forget the position, fetch the snapshot, connect again from its seq. */
  | { kind: "resync" }
  | { kind: "ignored" };

export interface Step {
  position: Position;
  verdict: Verdict;
}

/** The position of a connection opened with `?after=seq` (null: from now). */
export function startAt(after: number | null): Position {
  return { lastSent: after, through: after };
}

export function step(position: Position, message: ServerMessage): Step {
  switch (message.type) {
    case "hello": {
      if (position.through !== null && message.seq < position.through) {
        // The journal is shorter than what we saw: another database, or a restored one.
        return { position: startAt(null), verdict: { kind: "resync" } };
      }
      if (position.lastSent === null) return { position: startAt(message.seq), verdict: { kind: "ready" } };
      return { position, verdict: { kind: "ready" } };
    }
    case "event": {
      if (position.lastSent !== null && message.seq <= position.lastSent) {
        return { position, verdict: { kind: "ignored" } };
      }
      const lost = position.lastSent !== null && message.prev !== position.lastSent;
      const through = Math.max(position.through ?? 0, message.seq);
      const { type: _type, ...event } = message;
      return {
        position: { lastSent: message.seq, through },
        verdict: { kind: lost ? "gap" : "event", event },
      };
    }
    case "ping": {
      const through = Math.max(position.through ?? 0, message.through);
      return { position: { ...position, through }, verdict: { kind: "alive" } };
    }
    case "observations":
      return { position, verdict: { kind: "observations", items: message.items } };
    case "resync":
      return { position: startAt(null), verdict: { kind: "resync" } };
  }
}

const TYPES = new Set(["hello", "event", "ping", "observations", "resync"]);

/** A message of a known type, or null: a newer server may send what this page does not know yet. */
export function parseMessage(text: string): ServerMessage | null {
  try {
    const value: unknown = JSON.parse(text);
    if (value === null || typeof value !== "object") return null;
    return TYPES.has((value as { type?: string }).type ?? "") ? (value as ServerMessage) : null;
  } catch {
    return null;
  }
}

/** Wait before attempt `n` (from 0), ms: grows to two seconds and is spread so that consoles do not return as one. */
export function backoffMs(attempt: number, random: () => number): number {
  const ceiling = Math.min(2000, 300 * 2 ** attempt);
  return Math.round(ceiling * (0.5 + random() * 0.5));
}
