import type { Device, HealthState } from "../api/hazards";

const STATES: Record<HealthState, number> = { silent: 0, late: 1, unknown: 2, online: 3, maintenance: 4 };

/** Silent while its water or its weather is dangerous: it may have been swept away. */
export function isSilentInStorm(device: Device): boolean {
  return device.state === "silent" && device.ticket?.priority === "high";
}

/** Silent while it storms first, then silent, late, never heard, with a ticket; what works comes last. */
export function byTrouble(a: Device, b: Device): number {
  const rank = (device: Device) =>
    (isSilentInStorm(device) ? 0 : 10 + STATES[device.state] * 2) + (device.ticket ? 0 : 1);
  return rank(a) - rank(b) || a.name.localeCompare(b.name, "vi");
}

export type SortKey = "trouble" | "name" | "seen" | "battery";

export const SORTS: Record<SortKey, (a: Device, b: Device) => number> = {
  trouble: byTrouble,
  name: (a, b) => a.name.localeCompare(b.name, "vi"),
  // What was never heard comes before what was heard long ago.
  seen: (a, b) => (a.last_seen_at ?? "").localeCompare(b.last_seen_at ?? ""),
  battery: (a, b) => (a.battery_v ?? Number.POSITIVE_INFINITY) - (b.battery_v ?? Number.POSITIVE_INFINITY),
};
