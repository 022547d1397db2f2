import { describe, expect, it } from "vitest";
import type { Incident, Level } from "../api/types";
import { type Arranged, arrange, compareIncidents } from "./order";

const incident = (id: string, level: Level, ageMin: number, state: Incident["state"] = "new"): Incident =>
  ({ id, level, state, opened_at: new Date(1_800_000_000_000 - ageMin * 60_000).toISOString() }) as Incident;

const map = (...items: Incident[]) => new Map(items.map((item) => [item.id, item]));
const NOTHING: Arranged = { order: [], arrived: new Set() };

describe("compareIncidents", () => {
  it("puts the unacknowledged first, then the severe, then what has waited longer", () => {
    const all = [
      incident("known5", 5, 1, "acknowledged"),
      incident("new2", 2, 1),
      incident("new4young", 4, 1),
      incident("new4old", 4, 9),
    ];
    expect(all.sort(compareIncidents).map((i) => i.id)).toEqual(["new4old", "new4young", "new2", "known5"]);
  });
});

describe("arrange", () => {
  const first = map(incident("a", 3, 5), incident("b", 2, 4), incident("c", 1, 3, "acknowledged"));

  it("sorts when nobody holds the list", () => {
    const { order, arrived } = arrange({ order: ["c", "a"], arrived: new Set(["a"]) }, first, first, false);
    expect(order).toEqual(["a", "b", "c"]);
    expect(arrived.size).toBe(0);
  });

  it("keeps every row in its place while held, whatever becomes of it", () => {
    const before = arrange(NOTHING, first, first, false);
    const after = map(
      incident("a", 3, 5, "acknowledged"),
      incident("b", 5, 4),
      incident("c", 1, 3, "acknowledged"),
    );
    expect(arrange(before, after, after, true).order).toEqual(["a", "b", "c"]);
  });

  it("keeps the row of a closed case while held", () => {
    const before = arrange(NOTHING, first, first, false);
    const open = new Map([...first].filter(([id]) => id !== "b"));
    expect(arrange(before, open, first, true).order).toEqual(["a", "b", "c"]);
    expect(arrange(before, open, first, false).order).toEqual(["a", "c"]);
  });

  it("puts a new critical case on top and counts it as arrived", () => {
    const before = arrange(NOTHING, first, first, false);
    const after = new Map([
      ...first,
      ["x", incident("x", 5, 0)] as const,
      ["y", incident("y", 1, 0)] as const,
    ]);
    const { order, arrived } = arrange(before, after, after, true);
    expect(order).toEqual(["x", "a", "b", "y", "c"]);
    expect([...arrived].sort()).toEqual(["x", "y"]);
  });

  it("holds three hundred arrivals without losing or doubling one", () => {
    let state = arrange(NOTHING, first, first, false);
    const open = new Map(first);
    for (let n = 0; n < 300; n += 1) {
      const id = `n${n}`;
      open.set(id, incident(id, ((n % 5) + 1) as Level, 0));
      state = arrange(state, open, open, true);
    }
    expect(state.order).toHaveLength(303);
    expect(new Set(state.order).size).toBe(303);
    expect(open.get(state.order[0] ?? "")?.level).toBe(5);
    const kept = state.order.filter((id) => first.has(id));
    expect(kept).toEqual(["a", "b", "c"]);
  });
});
