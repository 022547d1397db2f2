import { describe, expect, it } from "vitest";
import type { Release, ReleaseCommune } from "../api/hazards";
import { translatorOf } from "../i18n";
import { timeLeft } from "../time/left";
import { clockSpan, downstream, figure, owedStep } from "./values";

const T0 = Date.parse("2026-11-22T08:00:00Z");
const iso = (minutes: number) => new Date(T0 + minutes * 60_000).toISOString();
const none = { received: null, hamlets_told: null, bank_clear: null };
const commune = (name: string, km: number | null, earliest: number | null): ReleaseCommune => ({
  area: name,
  name,
  chainage_km: km,
  earliest_at: earliest === null ? null : iso(earliest),
  likely_at: earliest === null ? null : iso(earliest + 30),
  latest_at: earliest === null ? null : iso(earliest + 90),
  why: null,
  source: null,
  steps: none,
  phone: null,
  notes: [],
  held: false,
  due: {},
  peak: null,
  late: false,
  call_due_at: null,
});
const release = (communes: ReleaseCommune[]): Release =>
  ({ planned_at: iso(0), communes, state: "planned" }) as unknown as Release;

describe("release clock", () => {
  it("lists communes by when the water may come, those without a time before all", () => {
    const all = release([commune("far", 90, 300), commune("none", 20, null), commune("near", 5, 40)]);
    expect(downstream(all).map((each) => each.name)).toEqual(["none", "near", "far"]);
  });

  it("leaves out those for whom a reservoir in between holds the water", () => {
    const all = release([commune("near", 5, 40), { ...commune("held", 60, null), held: true }]);
    expect(downstream(all).map((each) => each.name)).toEqual(["near"]);
  });

  it("shares one span that holds every bar and now", () => {
    const span = clockSpan(release([commune("a", 5, 40), commune("b", 50, 200)]), T0 - 30 * 60_000);
    expect(span?.fromMs).toBe(T0 - 30 * 60_000);
    expect(span?.toMs).toBeGreaterThan(T0 + 290 * 60_000);
    expect(clockSpan(release([commune("a", 5, null)]), T0)).toBeNull();
  });

  it("knows the step that is owed", () => {
    const done = { by: "x", at: iso(0), channel: "phone" };
    expect(owedStep(commune("a", 1, 1))).toBe("received");
    expect(owedStep({ ...commune("a", 1, 1), steps: { ...none, received: done } })).toBe("hamlets_told");
    expect(
      owedStep({ ...commune("a", 1, 1), steps: { received: done, hamlets_told: done, bank_clear: done } }),
    ).toBeNull();
  });
});

describe("figures", () => {
  it("takes nothing for nothing, never for zero", () => {
    expect(figure(undefined)).toBeNull();
    expect(figure({ value: null })).toBeNull();
    expect(figure({ value: 0 })).toBe(0);
    expect(figure(3)).toBe(3);
  });
});

describe("timeLeft", () => {
  const t = translatorOf("en");
  it("rounds down", () => {
    expect(timeLeft(t, T0 + 119_999, T0)).toBe(t("ui.duration.minutes", { n: 1 }));
    expect(timeLeft(t, T0 + 59_000, T0)).toBe(t("ui.duration.under_minute"));
    expect(timeLeft(t, T0 + 3_600_000 * 2 - 1, T0)).toBe(t("ui.duration.hours", { h: 1, m: 59 }));
    expect(timeLeft(t, T0, T0)).toBeNull();
  });
});
