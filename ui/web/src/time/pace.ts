import { useEffect, useRef, useState } from "react";

/** The value, at once when it has been quiet and at most every `ms` when it has not; the last one always arrives. */
export function usePaced<T>(value: T, ms: number): T {
  const [shown, setShown] = useState(value);
  const lastAt = useRef(Number.NEGATIVE_INFINITY);
  useEffect(() => {
    const timer = setTimeout(
      () => {
        lastAt.current = performance.now();
        setShown(value);
      },
      Math.max(0, ms - (performance.now() - lastAt.current)),
    );
    return () => clearTimeout(timer);
  }, [value, ms]);
  return shown;
}

/** The value once it has stayed the same for `ms`. */
export function useSettled<T>(value: T, ms: number): T {
  const [shown, setShown] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setShown(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return shown;
}

/** The keyboard has rested for so long when heavy drawing may go ahead, ms; and so long it waits at most. */
const QUIET_MS = 250;
const AT_MOST_MS = 4000;

let lastKeyAt = Number.NEGATIVE_INFINITY;
if (typeof window !== "undefined") {
  window.addEventListener("keydown", () => {
    lastKeyAt = performance.now();
  });
}

/**
 * Runs `work` when nobody is typing, or after four seconds whatever happens. Drawing the map anew can take longer
 * than the tenth of a second that a key press may; without a graphics card it always does. Returns how to call off.
 */
export function whenQuiet(work: () => void): () => void {
  const asked = performance.now();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const look = () => {
    const now = performance.now();
    const rest = QUIET_MS - (now - lastKeyAt);
    if (rest <= 0 || now - asked >= AT_MOST_MS) work();
    else timer = setTimeout(look, rest);
  };
  look();
  return () => clearTimeout(timer);
}
