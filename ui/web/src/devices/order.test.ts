import { describe, expect, it } from "vitest";
import type { Device, HealthState } from "../api/hazards";
import { byTrouble, isSilentInStorm, SORTS } from "./order";

const device = (name: string, state: HealthState, more: Partial<Device> = {}): Device => ({
  station: name,
  name,
  kind: "rain",
  area: null,
  state,
  last_seen_at: null,
  maintenance: null,
  last_refusal: null,
  credential: null,
  ...more,
});

const names = (devices: Device[]) => devices.map((each) => each.name);

describe("byTrouble", () => {
  it("puts what is silent in a storm before everything, and what works last", () => {
    const all = [
      device("works", "online"),
      device("mended", "maintenance"),
      device("silent", "silent", { ticket: { id: "0", kind: "silent", priority: "normal" } }),
      device("storm", "silent", { ticket: { id: "1", kind: "silent", priority: "high" } }),
      device("never", "unknown"),
      device("late", "late"),
      device("stuck", "online", { ticket: { id: "2", kind: "stuck", priority: "high" } }),
    ];
    expect(names(all.sort(byTrouble))).toEqual([
      "storm",
      "silent",
      "late",
      "never",
      "stuck",
      "works",
      "mended",
    ]);
    expect(all.filter(isSilentInStorm).map((each) => each.name)).toEqual(["storm"]);
  });
});

describe("other orders", () => {
  it("begins with what was never heard and with the emptiest battery", () => {
    const all = [
      device("b", "online", { last_seen_at: "2026-11-22T01:00:00Z", battery_v: 3.6 }),
      device("a", "online", { last_seen_at: "2026-11-22T00:00:00Z" }),
      device("c", "unknown", { battery_v: 3.1 }),
    ];
    expect(names([...all].sort(SORTS.seen))).toEqual(["c", "a", "b"]);
    expect(names([...all].sort(SORTS.battery))).toEqual(["c", "b", "a"]);
  });
});
