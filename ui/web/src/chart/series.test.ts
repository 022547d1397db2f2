import { describe, expect, it } from "vitest";
import type { Observation } from "../api/types";
import { append, byQuality, nearest, toSeries, valueRange } from "./series";

const reading = (minute: number, value: number): Observation => ({
  property: "water_level_m",
  observed_at: new Date(1_800_000_000_000 + minute * 60_000).toISOString(),
  value,
});

describe("toSeries", () => {
  it("sorts, and takes the later of two readings of one moment", () => {
    const [times, values] = toSeries([reading(10, 2), reading(0, 1), reading(10, 3)]);
    expect(times).toHaveLength(2);
    expect(values).toEqual([1, 3]);
  });

  it("breaks the line where readings are missing", () => {
    const [, values] = toSeries([
      reading(0, 1),
      reading(10, 2),
      reading(20, 3),
      reading(90, 4),
      reading(100, 5),
    ]);
    expect(values).toEqual([1, 2, 3, null, 4, 5]);
  });

  it("draws the mean of a bucket", () => {
    const bucket = { property: "x", observed_at: "2026-11-22T11:00:00Z", min: 1, max: 3, avg: 2, n: 4 };
    expect(toSeries([bucket])[1]).toEqual([2]);
  });
});

describe("append", () => {
  const series = toSeries([reading(0, 1), reading(10, 2)]);
  const at = (minute: number, value: number) => ({
    value,
    quality: "good",
    received_at: "",
    observed_at: reading(minute, 0).observed_at,
  });

  it("adds what is newer and nothing else", () => {
    expect(append(series, at(20, 5))[1]).toEqual([1, 2, 5]);
    expect(append(series, at(10, 5))).toBe(series);
    expect(append(series, at(5, 5))).toBe(series);
  });
});

describe("valueRange", () => {
  it("shows near thresholds and leaves far ones out", () => {
    const [low, high] = valueRange([26, 28], [28.2, 29.4, 60]);
    expect(low).toBeLessThan(26);
    expect(high).toBeGreaterThan(29.4);
    expect(high).toBeLessThan(31);
  });

  it("gives a flat line some room and survives having nothing", () => {
    const [low, high] = valueRange([3, 3], []);
    expect(high - low).toBeGreaterThan(0);
    expect(valueRange([], [])).toEqual([0, 1]);
    expect(valueRange([null], [2, 3])[1]).toBeGreaterThan(3);
  });
});

describe("byQuality", () => {
  it("keeps doubted readings on the line and wrong ones off it", () => {
    const found = byQuality([
      reading(0, 1),
      { ...reading(10, 9), quality: "suspect" },
      { ...reading(20, -9999), quality: "bad" },
      { ...reading(30, 2), quality: "good" },
    ]);
    expect(found.series[1]).toEqual([1, 9, 2]);
    expect(found.doubted.map((dot) => [dot.value, dot.wrong])).toEqual([
      [9, false],
      [-9999, true],
    ]);
  });
});

describe("nearest", () => {
  const series = toSeries([reading(0, 1), reading(10, 2), reading(20, 3), reading(90, 4)]);
  const at = (minute: number) => nearest(series, Date.parse(reading(minute, 0).observed_at) / 1000)?.value;

  it("finds the nearer of two points and nothing inside a hole", () => {
    expect(at(4)).toBe(1);
    expect(at(6)).toBe(2);
    expect(at(90)).toBe(4);
    expect(at(160)).toBeUndefined();
    expect(nearest([[], []], 5)).toBeNull();
  });
});
