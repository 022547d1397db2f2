import { useEffect, useState } from "react";
import type { Warning } from "../api/types";
import { type DraftFields, previewDraft } from "../state/warnings";

/** Typing rests this long before the server is asked. */
const AFTER_MS = 500;

/** The server's checks, audience and time for what is being written, following a pause in the typing. */
export function usePreview(id: string | null, fields: DraftFields | null): Partial<Warning> {
  const [computed, setComputed] = useState<Partial<Warning>>({});
  const key = fields === null ? null : JSON.stringify(fields);
  useEffect(() => {
    if (key === null) return;
    let gone = false;
    const timer = setTimeout(() => {
      // A preview that fails leaves the last one standing; saving and submitting are checked by themselves.
      previewDraft(id, JSON.parse(key))
        .then((result) => !gone && setComputed(result))
        .catch(() => undefined);
    }, AFTER_MS);
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [id, key]);
  return computed;
}
