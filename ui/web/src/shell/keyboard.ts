import { useEffect, useRef } from "react";
import { preferences } from "../prefs/preferences";

/** Names of keys to what they do; a handler returning false leaves the key to the browser. */
export type KeyMap = Record<string, (event: KeyboardEvent) => unknown>;

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable) return true;
  if (target instanceof HTMLInputElement)
    return !["checkbox", "radio", "range", "button"].includes(target.type);
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}

/** A single printable character with no modifier: the keys that WCAG 2.1.4 is about. */
export function isCharacterKey(key: string): boolean {
  return [...key].length === 1;
}

/** The key pressed. An input method for Vietnamese may report only `Process`; the place of the key then decides. */
function keyOf(event: KeyboardEvent): string {
  if (event.key === "Process" || event.key === "Unidentified") {
    return event.code.startsWith("Key") ? event.code.slice(3).toLowerCase() : event.key;
  }
  return event.key.length === 1 ? event.key.toLowerCase() : event.key;
}

/**
 * Shortcuts of a page. Not while typing, not below an open dialog, not with a modifier, and the single characters
 * not when the person switched them off.
 */
export function useKeys(keys: KeyMap): void {
  const latest = useRef(keys);
  latest.current = keys;
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing)
        return;
      if (document.querySelector("dialog[open]") !== null) return;
      const key = keyOf(event);
      const handler = latest.current[key];
      if (handler === undefined) return;
      if (isCharacterKey(key) && (isTyping(event.target) || !preferences.get().letterKeys)) return;
      const open = document.querySelector<HTMLElement>("[popover]:popover-open");
      // Esc closes what lies on top first, and that is the browser's business.
      if (key === "Escape" && (open !== null || isTyping(event.target))) return;
      open?.hidePopover();
      if (handler(event) !== false) event.preventDefault();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);
}
