import type { Device, HealthState } from "../api/hazards";

/** The state of a device, wherever the answer carries it. */
export function stateOf(device: Device): HealthState {
  return device.health?.state ?? device.state ?? "unknown";
}

export function lastSeenOf(device: Device): string | null {
  return device.health?.last_seen_at ?? device.last_seen_at ?? null;
}

export function batteryOf(device: Device): number | null {
  return device.health?.battery_v ?? device.battery_v ?? null;
}

export function signalOf(device: Device): number | null {
  return device.health?.rssi ?? device.rssi ?? null;
}

export function gatewayOf(device: Device): string | null {
  return device.gateway ?? device.health?.gateway ?? null;
}

export function ticketOf(device: Device): { id: string; kind: string } | null {
  return device.health?.ticket ?? device.ticket ?? null;
}

const STATES: Record<HealthState, number> = { silent: 0, late: 1, unknown: 2, online: 3, maintenance: 4 };

/** Silent while it storms first, then silent, late, never heard, with a ticket; what works comes last. */
export function byTrouble(a: Device, b: Device): number {
  const rank = (device: Device) =>
    (isSilentInStorm(device) ? 0 : 10 + STATES[stateOf(device)] * 2) + (ticketOf(device) === null ? 1 : 0);
  return rank(a) - rank(b) || a.name.localeCompare(b.name, "vi");
}

export function isSilentInStorm(device: Device): boolean {
  const kind = ticketOf(device)?.kind ?? "";
  const state = stateOf(device);
  return kind.includes("storm") || (device.in_storm === true && (state === "silent" || state === "late"));
}

export type SortKey = "trouble" | "name" | "seen" | "battery";

export const SORTS: Record<SortKey, (a: Device, b: Device) => number> = {
  trouble: byTrouble,
  name: (a, b) => a.name.localeCompare(b.name, "vi"),
  // What was never heard comes before what was heard long ago.
  seen: (a, b) => (lastSeenOf(a) ?? "").localeCompare(lastSeenOf(b) ?? ""),
  battery: (a, b) => (batteryOf(a) ?? Number.POSITIVE_INFINITY) - (batteryOf(b) ?? Number.POSITIVE_INFINITY),
};
