import { ApiError, get, post } from "../api/client";
import type { Me } from "../api/types";
import { setServerNow } from "../time/clock";
import { createStore } from "./store";

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
  session.set({ kind: "anonymous" });
  session.flush();
}

export function currentUser(): Me | null {
  const state = session.get();
  return state.kind === "signed_in" ? state.me : null;
}

type Ability = "acknowledge" | "note" | "close" | "draft_warning" | "approve_warning" | "cancel_warning";

const ABILITIES: Record<Ability, readonly string[]> = {
  acknowledge: ["operator", "dispatcher", "supervisor"],
  note: ["operator", "dispatcher", "supervisor"],
  close: ["operator", "dispatcher", "supervisor"],
  draft_warning: ["operator", "dispatcher", "supervisor"],
  approve_warning: ["supervisor", "leader"],
  // Stopping what is already being sent is for those who may send it.
  cancel_warning: ["supervisor", "leader"],
};

/** Which buttons make sense for a role. A courtesy to the eye: the server decides, whatever is shown here. */
export function mayDo(role: string, ability: Ability): boolean {
  return ABILITIES[ability].includes(role);
}
