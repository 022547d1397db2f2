import type { Incident } from "../api/types";

/**
 * The order of the queue. Not yet acknowledged comes first, then the higher severity, then the longer wait:
 * of two equal cases the one that has waited longer is the one somebody is waiting in.
 */
export function compareIncidents(a: Incident, b: Incident): number {
  const pinned = Number(b.state === "new") - Number(a.state === "new");
  if (pinned !== 0) return pinned;
  if (a.level !== b.level) return b.level - a.level;
  const age = Date.parse(a.opened_at) - Date.parse(b.opened_at);
  if (age !== 0) return age;
  return a.id < b.id ? -1 : 1;
}

export interface Arranged {
  /** Ids in the order of the rows. */
  order: string[];
  /** Rows that arrived since the operator took hold of the list, and lie above what they hold. */
  arrived: ReadonlySet<string>;
}

/**
 * The next order of rows. While the operator holds the list (a row focused, the pointer over it, or updates
 * paused) no row that is there changes its place and none disappears; new ones are put where they belong among
 * them. Let go, it is sorted afresh.
 */
export function arrange(
  previous: Arranged,
  open: ReadonlyMap<string, Incident>,
  known: ReadonlyMap<string, Incident>,
  held: boolean,
): Arranged {
  const sorted = [...open.values()].sort(compareIncidents);
  if (!held) return { order: sorted.map((incident) => incident.id), arrived: new Set() };
  const order = previous.order.filter((id) => known.has(id));
  const present = new Set(order);
  const arrived = new Set([...previous.arrived].filter((id) => present.has(id)));
  for (const incident of sorted) {
    if (present.has(incident.id)) continue;
    const at = order.findIndex((id) => {
      const other = known.get(id);
      return other !== undefined && compareIncidents(incident, other) < 0;
    });
    order.splice(at === -1 ? order.length : at, 0, incident.id);
    present.add(incident.id);
    arrived.add(incident.id);
  }
  return { order, arrived };
}
