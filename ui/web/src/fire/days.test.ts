import { describe, expect, it } from "vitest";
import { dayOf, daysBetween, isDay, shiftDay, showDay } from "./days";

describe("days", () => {
  it("begin at midnight in ICT", () => {
    expect(dayOf(Date.parse("2026-03-14T16:59:00Z"))).toBe("2026-03-14");
    expect(dayOf(Date.parse("2026-03-14T17:00:00Z"))).toBe("2026-03-15");
  });

  it("shift over months and leap years", () => {
    expect(shiftDay("2028-02-28", 1)).toBe("2028-02-29");
    expect(shiftDay("2026-01-01", -1)).toBe("2025-12-31");
    expect(daysBetween("2026-02-20", "2026-03-01")).toBe(9);
  });

  it("are told from everything else", () => {
    expect(isDay("2026-03-14")).toBe(true);
    expect(isDay("2026-13-40")).toBe(false);
    expect(isDay(null)).toBe(false);
    expect(showDay("2026-03-04")).toBe("04/03/2026");
  });
});
