import type { AnchorHTMLAttributes, MouseEvent } from "react";
import { createStore, useStore } from "../state/store";

export type Route =
  | { page: "console"; incident: string | null }
  | { page: "warnings"; id: string | null; forIncident: string | null; composing: boolean }
  | { page: "inbox" }
  | { page: "stations"; id: string | null }
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
    default:
      return { page: "unknown" };
  }
}

const here = () => parseRoute(location.pathname, location.search);

export const route = createStore<Route>(typeof location === "undefined" ? { page: "unknown" } : here());

export function startRouter(): void {
  window.addEventListener("popstate", () => {
    route.set(here());
    route.flush();
  });
}

export function navigate(to: string, how: "push" | "replace" = "push"): void {
  if (to === location.pathname + location.search) return;
  if (how === "push") history.pushState(null, "", to);
  else history.replaceState(null, "", to);
  route.set(here());
  route.flush();
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

export function useRoute(): Route {
  return useStore(route);
}
