import { createStore } from "../state/store";

/** An area that somebody asked to see; the counter makes asking twice for the same one work. */
export const shownArea = createStore<{ code: string; asked: number } | null>(null);

export function showArea(code: string): void {
  shownArea.set((held) => ({ code, asked: (held?.asked ?? 0) + 1 }));
}
