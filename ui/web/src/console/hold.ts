import { type RefObject, useCallback, useMemo, useRef, useState } from "react";

/** A pointer that has not moved for so long is a mouse somebody left there. */
const POINTER_REST_MS = 10_000;

export interface Hold {
  held: boolean;
  /** Row under the pointer. */
  pointed: RefObject<string | null>;
  release: () => void;
  handlers: {
    onFocus: () => void;
    onBlur: (event: React.FocusEvent) => void;
    onPointerMove: (event: React.PointerEvent) => void;
    onPointerLeave: () => void;
  };
}

/** Whether the operator has hold of the list: a row has the focus, or the pointer is over it and alive. */
export function useHold(list: RefObject<HTMLElement | null>): Hold {
  const [focused, setFocused] = useState(false);
  const [pointing, setPointing] = useState(false);
  const pointed = useRef<string | null>(null);
  const rest = useRef<ReturnType<typeof setTimeout>>(undefined);

  const letGo = useCallback(() => {
    clearTimeout(rest.current);
    pointed.current = null;
    setPointing(false);
  }, []);

  const handlers = useMemo(
    () => ({
      onFocus: () => setFocused(true),
      onBlur: (event: React.FocusEvent) => {
        if (!list.current?.contains(event.relatedTarget)) setFocused(false);
      },
      onPointerMove: (event: React.PointerEvent) => {
        const row = (event.target as HTMLElement).closest<HTMLElement>("button[data-id]");
        pointed.current = row?.dataset.id ?? null;
        setPointing(true);
        clearTimeout(rest.current);
        rest.current = setTimeout(letGo, POINTER_REST_MS);
      },
      onPointerLeave: letGo,
    }),
    [list, letGo],
  );

  const release = useCallback(() => {
    letGo();
    setFocused(false);
  }, [letGo]);

  return { held: focused || pointing, pointed, release, handlers };
}
