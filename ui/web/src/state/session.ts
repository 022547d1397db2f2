import { ApiError, get, post } from "../api/client";
import type { Me } from "../api/types";
import { setServerNow } from "../time/clock";
import { forgetResources } from "./resource";
import { createStore, useStore } from "./store";

export type Session = { kind: "unknown" } | { kind: "anonymous" } | { kind: "signed_in"; me: Me };

export const session = createStore<Session>({ kind: "unknown" });

function adopt(me: Me): void {
  setServerNow(me.clock, Date.parse(me.now));
  session.set({ kind: "signed_in", me });
  session.flush();
}

/** Asks who we are. Without an answer from the server the session stays unknown and the caller tries again. */
export async function loadSession(): Promise<void> {
  try {
    adopt((await get<Me>("/auth/me")).data);
  } catch (error) {
    if (error instanceof ApiError && (error.status === 401 || error.status === 403)) endSession();
    else throw error;
  }
}

export async function signIn(username: string, password: string): Promise<void> {
  adopt((await post<Me>("/auth/login", { username, password })).data);
}

export async function signOut(): Promise<void> {
  await post("/auth/logout").catch(() => undefined);
  endSession();
}

export function endSession(): void {
  forgetResources();
  session.set({ kind: "anonymous" });
  session.flush();
}

/** Whether the person at this screen has what an ability asks for. */
export function useMay(ability: Ability): boolean {
  return useStore(session, (s) => s.kind === "signed_in" && mayDo(s.me.role, ability));
}

export function currentUser(): Me | null {
  const state = session.get();
  return state.kind === "signed_in" ? state.me : null;
}

type Ability =
  | "acknowledge"
  | "note"
  | "close"
  | "draft_warning"
  | "approve_warning"
  | "cancel_warning"
  | "release"
  | "bulletin"
  | "uplift"
  | "fire_desk"
  | "sign_fire"
  | "maintenance"
  | "credential"
  | "ticket"
  | "counts";

const TRIAGE = ["operator", "dispatcher", "supervisor"] as const;

const ABILITIES: Record<Ability, readonly string[]> = {
  acknowledge: TRIAGE,
  note: TRIAGE,
  close: TRIAGE,
  draft_warning: TRIAGE,
  approve_warning: ["supervisor", "leader"],
  // Stopping what is already being sent is for those who may send it.
  cancel_warning: ["supervisor", "leader"],
  release: TRIAGE,
  bulletin: TRIAGE,
  uplift: ["supervisor", "leader"],
  fire_desk: [...TRIAGE, "leader", "agency"],
  // The ranger service, or who may approve in its place.
  sign_fire: ["supervisor", "leader", "agency"],
  maintenance: [...TRIAGE, "leader", "admin"],
  credential: ["admin"],
  counts: TRIAGE,
  ticket: [...TRIAGE, "leader", "admin"],
};

/** Which buttons make sense for a role. A courtesy to the eye: the server decides, whatever is shown here. */
export function mayDo(role: string, ability: Ability): boolean {
  return ABILITIES[ability].includes(role);
}
