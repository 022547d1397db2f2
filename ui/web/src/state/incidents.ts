import { ApiError, get, post } from "../api/client";
import type { Incident, IncidentDetail, Outcome, Page, Problem } from "../api/types";
import { currentUser } from "./session";
import { createStore } from "./store";

/**
 * The cases on this screen. An event says only that a case changed; what it became is asked of the server, so that
 * no rule of the server lives here a second time. An answer is kept only when it is not older than what we have.
 */
export interface IncidentsState {
  byId: ReadonlyMap<string, Incident>;
  details: ReadonlyMap<string, IncidentDetail>;
  /** False until the first list came. */
  loaded: boolean;
  /** Newest moment anything was heard of a case, ms; for the empty queue's "last report". */
  lastHeardMs: number | null;
}

export const incidents = createStore<IncidentsState>({
  byId: new Map(),
  details: new Map(),
  loaded: false,
  lastHeardMs: null,
});

/** Journal position as of which each case is known. */
const asOf = new Map<string, number>();

const LIST_PATH = "/incidents?state=open&limit=5000";

/** A burst is answered by one list rather than by as many single requests. */
const SINGLE_REQUESTS_AT_MOST = 6;
const BURST_INTERVAL_MS = 250;

export function isOpen(incident: Incident): boolean {
  return incident.state !== "closed";
}

function put(incident: Incident, seq: number): boolean {
  const known = asOf.get(incident.id);
  const held = incidents.get().byId.get(incident.id);
  if (known !== undefined && held !== undefined) {
    if (seq < known || held.version > incident.version) return false;
  }
  asOf.set(incident.id, seq);
  return true;
}

/** Takes the whole list. Returns its seq, where the live stream goes on. */
export async function loadIncidents(): Promise<number> {
  const { data, seq: header } = await get<Page<Incident>>(LIST_PATH);
  const seq = header ?? 0;
  incidents.set((state) => {
    const byId = new Map<string, Incident>();
    let { lastHeardMs } = state;
    for (const incident of data.items) {
      const fresh = put(incident, seq);
      byId.set(incident.id, fresh ? incident : (state.byId.get(incident.id) ?? incident));
      lastHeardMs = Math.max(lastHeardMs ?? 0, Date.parse(incident.opened_at));
    }
    for (const [id, incident] of state.byId) {
      if (byId.has(id)) continue;
      // Known from later than the list, or closed and still looked at.
      if ((asOf.get(id) ?? 0) > seq || !isOpen(incident)) byId.set(id, incident);
      else {
        // It is no longer open but we do not know how it ended: leave it out, ask when it is opened.
        asOf.delete(id);
      }
    }
    return { ...state, byId, loaded: true, lastHeardMs };
  });
  return seq;
}

export async function loadIncident(id: string): Promise<IncidentDetail> {
  const { data, seq } = await get<IncidentDetail>(`/incidents/${id}`);
  if (put(data, seq ?? 0)) adopt(data, data);
  return data;
}

function adopt(incident: Incident, detail?: IncidentDetail): void {
  incidents.set((state) => {
    const byId = new Map(state.byId).set(incident.id, incident);
    if (detail === undefined) return { ...state, byId };
    const details = new Map(state.details);
    details.delete(incident.id);
    details.set(incident.id, detail);
    // Enough for going back and forth; a shift of twelve hours must not fill the memory.
    for (const oldest of details.keys()) {
      if (details.size <= 40) break;
      details.delete(oldest);
    }
    return { ...state, byId, details };
  });
}

const dirty = new Set<string>();
let flushTimer: ReturnType<typeof setTimeout> | undefined;
let lastFlushMs = 0;

/** A case changed: ask for it soon, together with the others that changed in the same moment. */
export function markDirty(id: string, atMs: number | null): void {
  dirty.add(id);
  if (atMs !== null) {
    incidents.set((s) => (atMs > (s.lastHeardMs ?? 0) ? { ...s, lastHeardMs: atMs } : s));
  }
  if (flushTimer !== undefined) return;
  const wait = Math.max(0, BURST_INTERVAL_MS - (performance.now() - lastFlushMs));
  flushTimer = setTimeout(() => void fetchDirty(), wait);
}

async function fetchDirty(): Promise<void> {
  lastFlushMs = performance.now();
  const ids = [...dirty];
  dirty.clear();
  try {
    if (ids.length > SINGLE_REQUESTS_AT_MOST) {
      await loadIncidents();
      const { details, byId } = incidents.get();
      const looked = ids.filter((id) => details.has(id) || !byId.has(id)).slice(0, SINGLE_REQUESTS_AT_MOST);
      await Promise.all(looked.map(loadIncident));
    } else {
      await Promise.all(ids.map(loadIncident));
    }
  } catch (error) {
    // Out of sight for this role, or gone: nothing to show. Anything else comes again with the reconnection.
    if (error instanceof ApiError && error.status !== 0 && error.status < 500) {
      for (const id of ids) if (error.status === 404) forget(id);
    } else {
      for (const id of ids) dirty.add(id);
    }
  } finally {
    flushTimer = undefined;
    if (dirty.size > 0) flushTimer = setTimeout(() => void fetchDirty(), BURST_INTERVAL_MS * 4);
  }
}

function forget(id: string): void {
  asOf.delete(id);
  incidents.set((state) => {
    if (!state.byId.has(id)) return state;
    const byId = new Map(state.byId);
    byId.delete(id);
    return { ...state, byId };
  });
}

export interface ActionRefused {
  problem: Problem;
  /** The case as it is now, when somebody else was there first (409). */
  current: Incident | null;
}

async function act(id: string, verb: string, body: Record<string, unknown>): Promise<ActionRefused | null> {
  const held = incidents.get().byId.get(id);
  if (held === undefined) return { problem: { status: 404, code: "not_found.incident" }, current: null };
  try {
    await post(`/incidents/${id}/${verb}`, { expected_version: held.version, ...body });
    await loadIncident(id);
    return null;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const current = (error.problem.current as Incident | undefined) ?? null;
    if (error.status === 409) await loadIncident(id).catch(() => undefined);
    return { problem: error.problem, current };
  }
}

/**
 * Acknowledges at once on the screen; the server's answer then confirms it or puts back what it says instead.
 * Returns null when done, else who or what was in the way.
 */
export async function acknowledge(id: string, nowMs: number): Promise<ActionRefused | null> {
  const { byId } = incidents.get();
  const before = byId.get(id);
  const me = currentUser();
  if (before === undefined || me === null || before.state !== "new") return null;
  adopt({
    ...before,
    state: "acknowledged",
    acknowledged_by: me.name,
    acknowledged_at: new Date(nowMs).toISOString(),
  });
  incidents.flush();
  const refused = await act(id, "acknowledge", {});
  if (refused !== null) {
    const held = incidents.get().byId.get(id);
    // Nothing newer has come: take back our own guess.
    if (held !== undefined && held.version === before.version) adopt(refused.current ?? before);
    incidents.flush();
  }
  return refused;
}

export const addNote = (id: string, text: string) => act(id, "note", { text });

export const closeIncident = (id: string, outcome: Outcome, reason: string) =>
  act(id, "close", { outcome, ...(reason === "" ? {} : { reason }) });

/** Forgets everything, at the end of a session. */
export function resetIncidents(): void {
  asOf.clear();
  incidents.set({ byId: new Map(), details: new Map(), loaded: false, lastHeardMs: null });
}
