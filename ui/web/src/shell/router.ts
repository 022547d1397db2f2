import type { AnchorHTMLAttributes, MouseEvent } from "react";
import { createStore, useStore } from "../state/store";

export type Route =
  | { page: "console"; incident: string | null }
  | { page: "warnings"; id: string | null; forIncident: string | null; composing: boolean }
  | { page: "inbox" }
  | { page: "stations"; id: string | null }
  | { page: "reservoirs"; id: string | null }
  | { page: "releases"; id: string | null; reservoir: string | null }
  | { page: "rain" }
  | { page: "fire" }
  | { page: "devices" }
  | { page: "feeds" }
  | { page: "epidemic" }
  | { page: "bulletins"; id: string | null }
  | { page: "unknown" };

function decode(part: string): string | null {
  try {
    return decodeURIComponent(part);
  } catch {
    return null;
  }
}

/** Which page an address means. Unknown addresses are said to be so rather than led somewhere. */
export function parseRoute(pathname: string, search = ""): Route {
  const parts = pathname.split("/").filter((part) => part !== "");
  const names = parts.map(decode);
  if (names.includes(null)) return { page: "unknown" };
  const [first, second, ...rest] = names as string[];
  if (rest.length > 0) return { page: "unknown" };
  switch (first) {
    case undefined:
      return { page: "console", incident: null };
    case "incidents":
      return second === undefined
        ? { page: "console", incident: null }
        : { page: "console", incident: second };
    case "warnings": {
      const composing = second === "new";
      const forIncident = new URLSearchParams(search).get("incident");
      return { page: "warnings", id: composing ? null : (second ?? null), forIncident, composing };
    }
    case "inbox":
      return second === undefined ? { page: "inbox" } : { page: "unknown" };
    case "stations":
      return { page: "stations", id: second ?? null };
    case "reservoirs":
      return { page: "reservoirs", id: second ?? null };
    case "releases":
      // A release without an id has no page of its own: the list of reservoirs shows them all.
      return second === undefined
        ? { page: "reservoirs", id: null }
        : { page: "releases", id: second, reservoir: new URLSearchParams(search).get("reservoir") };
    case "rain":
    case "fire":
    case "devices":
    case "feeds":
    case "epidemic":
      return second === undefined ? { page: first } : { page: "unknown" };
    case "bulletins":
      return { page: "bulletins", id: second ?? null };
    default:
      return { page: "unknown" };
  }
}

const here = () => parseRoute(location.pathname, location.search);

export const route = createStore<Route>(typeof location === "undefined" ? { page: "unknown" } : here());

const query = createStore(new URLSearchParams(typeof location === "undefined" ? "" : location.search));

function arrive(): void {
  query.set(new URLSearchParams(location.search));
  query.flush();
  route.set(here());
  route.flush();
}

export function startRouter(): void {
  window.addEventListener("popstate", arrive);
}

export function navigate(to: string, how: "push" | "replace" = "push"): void {
  if (to === location.pathname + location.search) return;
  if (how === "push") history.pushState(null, "", to);
  else history.replaceState(null, "", to);
  arrive();
}

/** Properties of a link that stays inside the page, and still opens in a new tab when asked to. */
export function linkTo(to: string): AnchorHTMLAttributes<HTMLAnchorElement> {
  return {
    href: to,
    onClick: (event: MouseEvent) => {
      if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
      event.preventDefault();
      navigate(to);
    },
  };
}

/** A part of the address after the question mark; changing it leaves no trace in the history. */
export function useQuery(name: string): [string | null, (value: string | null) => void] {
  const value = useStore(query, (all) => all.get(name));
  const set = (next: string | null) => {
    const all = new URLSearchParams(location.search);
    if (next === null) all.delete(name);
    else all.set(name, next);
    const text = all.toString();
    navigate(location.pathname + (text === "" ? "" : `?${text}`), "replace");
  };
  return [value, set];
}

export function useRoute(): Route {
  return useStore(route);
}
