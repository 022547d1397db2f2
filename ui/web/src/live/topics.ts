/** Tells whoever shows something of a family of events ("release", "bulletin") that it may have changed. */

type Listener = (family: string) => void;

const listeners = new Set<Listener>();

export function onTopic(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** `*`: an outage ended, everything may have changed. */
export function noteTopic(family: string): void {
  for (const listener of [...listeners]) listener(family);
}
