import { describe, expect, it } from "vitest";
import type { RainStation } from "../api/hazards";
import { byRain, radiusOf, rainOf } from "./windows";

const station = (name: string, mm: number | null | undefined): RainStation => ({
  station: name,
  name,
  lon: null,
  lat: null,
  area: null,
  windows: mm === undefined ? {} : { "24": mm },
  missing: {},
  antecedent_mm: null,
  band: null,
  level: 0,
});

describe("rain", () => {
  it("never takes missing for zero", () => {
    expect(rainOf(station("a", null), 24)).toBeNull();
    expect(rainOf(station("a", undefined), 24)).toBeNull();
    expect(rainOf(station("a", 0), 24)).toBe(0);
  });

  it("lists most rain first and the unknown last", () => {
    const all = [station("unknown", null), station("dry", 0), station("wet", 80), station("some", 12)];
    expect(all.sort(byRain(24)).map((each) => each.name)).toEqual(["wet", "some", "dry", "unknown"]);
  });

  it("grows with rain and has an end", () => {
    expect(radiusOf(0)).toBeLessThan(radiusOf(20));
    expect(radiusOf(2000)).toBe(radiusOf(3000));
  });
});
