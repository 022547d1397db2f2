import { describe, expect, it, vi } from "vitest";

vi.mock("../prefs/preferences", async () => {
  const { createStore } = await import("../state/store");
  return { preferences: createStore({ language: "vi", muted: false, volume: 70 }) };
});

import type { Incident, Level } from "../api/types";
import { earconOf, worsened } from "./alarm";
import { durationS, PATTERNS } from "./earcons";

const incident = (id: string, level: Level) => ({ id, level }) as Incident;

describe("worsened", () => {
  it("finds what is new and what rose, worst first, and nothing that fell", () => {
    const before = new Map([
      ["same", 3],
      ["rose", 2],
      ["fell", 4],
    ]);
    const open = [incident("same", 3), incident("rose", 3), incident("fell", 1), incident("new", 5)];
    expect(worsened(before, open).map((i) => i.id)).toEqual(["new", "rose"]);
  });
});

describe("earcons", () => {
  it("go by severity", () => {
    expect([0, 1, 2, 3, 4, 5].map(earconOf)).toEqual([
      "normal",
      "normal",
      "normal",
      "high",
      "critical",
      "critical",
    ]);
  });

  it("are distinct in rhythm and last at most three seconds", () => {
    expect(durationS("critical")).toBeLessThanOrEqual(3);
    expect(new Set(Object.values(PATTERNS).map((tones) => tones.length)).size).toBe(3);
    expect(new Set(PATTERNS.critical.map((tone) => tone.hz)).size).toBe(2);
  });
});
