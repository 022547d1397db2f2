import { describe, expect, it } from "vitest";
import { absoluteTime, ageOf, clockTime, dateOnly, parseMoment, shortTime } from "./ict";

// Where the browser thinks it is must not matter.
process.env.TZ = "America/New_York";

const at = Date.UTC(2026, 10, 22, 17, 4, 9);

describe("ICT", () => {
  it("is seven hours ahead of UTC whatever the zone of the browser", () => {
    expect(new Date(at).getHours()).toBe(12);
    expect(clockTime(at)).toBe("00:04:09");
    expect(shortTime(at)).toBe("00:04");
    expect(dateOnly(at)).toBe("23/11/2026");
  });

  it("adds the date from a day on", () => {
    expect(absoluteTime(at, at + 86_399_000)).toBe("00:04:09");
    expect(absoluteTime(at, at + 86_400_000)).toBe("00:04:09 23/11/2026");
    expect(absoluteTime(at, at - 86_400_000, false)).toBe("00:04 23/11/2026");
  });
});

describe("ageOf", () => {
  it.each([
    [0, "now", 0],
    [4.9, "now", 0],
    [59, "second", 59],
    [61, "minute", 1],
    [3599, "minute", 59],
    [3600, "hour", 1],
    [86_400 * 3, "day", 3],
  ])("%s s", (seconds, unit, count) => {
    expect(ageOf(at, at + seconds * 1000)).toEqual({ unit, count, future: false });
  });

  it("knows what is ahead", () => {
    expect(ageOf(at + 120_000, at)).toEqual({ unit: "minute", count: 2, future: true });
  });
});

describe("parseMoment", () => {
  it.each([
    ["18:00", "22/11/2026", "2026-11-22T11:00:00.000Z"],
    ["18h", "22/11/26", "2026-11-22T11:00:00.000Z"],
    ["6g05", "1-12-2026", "2026-11-30T23:05:00.000Z"],
    [" 00:30 ", " 01/01/2027 ", "2026-12-31T17:30:00.000Z"],
  ])("%s %s", (time, date, iso) => {
    expect(new Date(parseMoment(time, date) ?? 0).toISOString()).toBe(iso);
  });

  it.each([
    ["25:00", "22/11/2026"],
    ["18:60", "22/11/2026"],
    ["18:00", "31/11/2026"],
    ["18:00", "11/22/2026"],
    ["6pm", "22/11/2026"],
    ["18:00", ""],
  ])("refuses %s %s", (time, date) => {
    expect(parseMoment(time, date)).toBeNull();
  });

  it("reads back what is shown", () => {
    const minute = Math.floor(at / 60_000) * 60_000;
    expect(parseMoment(shortTime(minute), dateOnly(minute))).toBe(minute);
  });
});
