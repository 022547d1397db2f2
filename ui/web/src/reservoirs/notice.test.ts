import { describe, expect, it } from "vitest";
import { blankNotice, bodyOf, lacks, numberOf, withProposals } from "./notice";

const T0 = Date.parse("2026-11-22T08:00:00Z");

describe("numberOf", () => {
  it.each([
    ["620", 620],
    ["620.5", 620.5],
    ["620,5", 620.5],
    ["1.250", 1250],
    ["1.250,5", 1250.5],
    [" 1 250 ", 1250],
    ["", null],
    ["-3", null],
    ["nhiều", null],
  ])("%s", (text, expected) => expect(numberOf(text)).toBe(expected));
});

describe("notice", () => {
  it("takes what was read, leaves the rest, and never takes a moment that is none", () => {
    const form = withProposals(blankNotice("ho-thac-mo"), {
      planned_at: { value: "2026-11-22T09:00:00Z" },
      until: { value: "tối nay" },
      discharge_m3s: { value: 620 },
      gates_open: { value: null, candidates: ["1", "2"] },
    });
    expect(form.planned_at).toBe(T0 + 3_600_000);
    expect(form.until).toBeNull();
    expect(form.discharge_m3s).toBe("620");
    expect(form.gates_open).toBe("");
    expect(form.reservoir).toBe("ho-thac-mo");
    expect(lacks(form)).toEqual([]);
    expect(bodyOf(form, "r1")).toMatchObject({
      discharge_m3s: 620,
      spill_m3s: null,
      gates_open: null,
      reason: null,
      read_id: "r1",
    });
  });

  it("says what is missing or cannot be", () => {
    const form = { ...blankNotice(null), until: T0, planned_at: T0, gates_open: "x", discharge_m3s: "x" };
    expect(lacks(form)).toEqual(["reservoir", "discharge_m3s", "gates_open", "until"]);
    expect(lacks(blankNotice("a"))).toEqual(["planned_at"]);
  });
});
