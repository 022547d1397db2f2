import { useEffect, useState } from "react";
import { ApiError, get } from "../api/client";
import { onTopic } from "../live/topics";

/**
 * What one address of the API answers, for screens that need no store of their own: kept while the page is open, so
 * that coming back shows it at once; asked for again when an event of one of its families arrives, after an outage,
 * and every so often, because a device's silence is no event.
 */
export interface Resource<T> {
  data: T | undefined;
  /** Why the last question failed; `data` may then still hold an older answer. */
  error: ApiError | null;
  loading: boolean;
  reload: () => void;
}

interface Options {
  /** Families of events after which it is asked again. */
  topics?: readonly string[];
  /** Asked again at this pace whatever happens; 0 never. */
  everyMs?: number;
}

const kept = new Map<string, unknown>();
const KEPT_AT_MOST = 60;

/** A burst of events is one question. */
const PACE_MS = 400;
const USUAL_EVERY_MS = 30_000;

function keep(path: string, data: unknown): void {
  kept.delete(path);
  kept.set(path, data);
  const [oldest] = kept.keys();
  if (kept.size > KEPT_AT_MOST && oldest !== undefined) kept.delete(oldest);
}

/** Forgets every answer; called when the person signs out. */
export function forgetResources(): void {
  kept.clear();
}

export function useResource<T>(path: string | null, options: Options = {}): Resource<T> {
  const { everyMs = USUAL_EVERY_MS } = options;
  const topics = (options.topics ?? []).join();
  const [state, setState] = useState<{ path: string | null; data: unknown; error: ApiError | null }>({
    path,
    data: path === null ? undefined : kept.get(path),
    error: null,
  });
  const [asked, setAsked] = useState(0);

  useEffect(() => {
    if (path === null) return;
    void asked;
    let gone = false;
    get<T>(path)
      .then(({ data }) => {
        keep(path, data);
        if (!gone) setState({ path, data, error: null });
      })
      .catch((error: unknown) => {
        const problem = error instanceof ApiError ? error : new ApiError({ status: 0, code: "network" });
        if (!gone)
          setState((held) => ({
            path,
            data: held.path === path ? held.data : kept.get(path),
            error: problem,
          }));
      });
    return () => {
      gone = true;
    };
  }, [path, asked]);

  useEffect(() => {
    if (path === null) return;
    const wanted = new Set(topics.split(","));
    let timer: ReturnType<typeof setTimeout> | undefined;
    const again = () => setAsked((n) => n + 1);
    const stop = onTopic((family) => {
      if (timer !== undefined || (family !== "*" && !wanted.has(family))) return;
      timer = setTimeout(() => {
        timer = undefined;
        again();
      }, PACE_MS);
    });
    const poll =
      everyMs > 0 ? setInterval(() => document.visibilityState === "visible" && again(), everyMs) : undefined;
    return () => {
      stop();
      clearTimeout(timer);
      clearInterval(poll);
    };
  }, [path, topics, everyMs]);

  const current = state.path === path;
  const data = (current ? state.data : path === null ? undefined : kept.get(path)) as T | undefined;
  return {
    data,
    error: current ? state.error : null,
    loading: path !== null && data === undefined && !(current && state.error !== null),
    reload: () => setAsked((n) => n + 1),
  };
}
