import { ApiError, get, post, put } from "../api/client";
import type { Level, Page, PhoneMessage, Problem, Warning } from "../api/types";
import { createStore } from "./store";

export interface WarningsState {
  byId: ReadonlyMap<string, Warning>;
  loaded: boolean;
}

export const warnings = createStore<WarningsState>({ byId: new Map(), loaded: false });

export async function loadWarnings(): Promise<void> {
  const { data } = await get<Page<Warning>>("/warnings?limit=200");
  warnings.set({ byId: new Map(data.items.map((warning) => [warning.id, warning])), loaded: true });
}

export async function loadWarning(id: string): Promise<Warning> {
  const { data } = await get<Warning>(`/warnings/${id}`);
  take(data);
  return data;
}

function take(warning: Warning): void {
  warnings.set((state) => {
    const held = state.byId.get(warning.id);
    if (held !== undefined && held.version > warning.version) return state;
    return { ...state, byId: new Map(state.byId).set(warning.id, warning) };
  });
}

const dirty = new Set<string>();
let timer: ReturnType<typeof setTimeout> | undefined;

/** A warning changed; progress of a large sending comes many times a second and is asked for twice a second. */
export function markWarningDirty(id: string): void {
  dirty.add(id);
  if (timer !== undefined) return;
  timer = setTimeout(() => {
    timer = undefined;
    const ids = [...dirty];
    dirty.clear();
    for (const one of ids) void loadWarning(one).catch(() => undefined);
  }, 500);
}

export interface DraftFields {
  incident: string | null;
  level: Level;
  hazard: string;
  text: { vi: string; en: string | null };
  areas: string[];
  expires_at: string;
}

export async function createDraft(fields: DraftFields): Promise<Warning> {
  const { data } = await post<Warning>("/warnings", fields);
  take(data);
  return data;
}

export async function saveDraft(warning: Warning, fields: DraftFields): Promise<Warning> {
  const { data } = await put<Warning>(`/warnings/${warning.id}`, {
    expected_version: warning.version,
    ...fields,
  });
  take(data);
  return data;
}

/** What the server makes of the fields, without keeping them; `id` null for a warning that is not saved yet. */
export async function previewDraft(id: string | null, fields: DraftFields): Promise<Partial<Warning>> {
  const path = id === null ? "/warnings/preview" : `/warnings/${id}/preview`;
  return (await post<Partial<Warning>>(path, fields)).data;
}

type Verb = "submit" | "approve" | "reject" | "cancel";

/** Returns null when done, else the refusal. After a conflict the newer state has been taken. */
export async function decide(
  warning: Warning,
  verb: Verb,
  body: { confirm_count?: number; reason?: string } = {},
): Promise<Problem | null> {
  try {
    const { data } = await post<Warning>(`/warnings/${warning.id}/${verb}`, {
      expected_version: warning.version,
      ...body,
    });
    take(data);
    warnings.flush();
    return null;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.status === 409) await loadWarning(warning.id).catch(() => undefined);
    return error.problem;
  }
}

export const phoneMessages = createStore<PhoneMessage[] | null>(null);

export async function loadPhoneMessages(): Promise<void> {
  const { data } = await get<Page<PhoneMessage>>("/providers/console/messages?limit=200");
  const newestFirst = [...data.items].sort((a, b) => Date.parse(b.at) - Date.parse(a.at));
  phoneMessages.set(newestFirst);
}
