import { describe, expect, it } from "vitest";
import type { SystemStatus } from "../api/types";
import { feedHealth } from "./health";
import { isCharacterKey } from "./keyboard";
import { parseRoute } from "./router";
import { find, type Searchable } from "./searching";

const place = (id: string, name: string): Searchable => ({
  kind: "commune",
  id,
  name,
  also: id,
  detail: "",
  level: 0,
});

describe("find", () => {
  const all = [place("25222", "Xã Bù Gia Mập"), place("25231", "Xã Đa Kia"), place("25225", "Xã Đak Ơ")];

  it.each(["bu gia map", "Bù Gia Mập", "Bù Gia Mập".normalize("NFD"), "BU GIA", "25222"])("%s", (query) => {
    expect(find(all, query)[0]?.id).toBe("25222");
  });

  it("finds đ by d and d by đ", () => {
    expect(find(all, "da kia")[0]?.id).toBe("25231");
    expect(find(all, "đak o")[0]?.id).toBe("25225");
  });

  it("finds nothing for nothing", () => {
    expect(find(all, "   ")).toEqual([]);
    expect(find(all, "xyz")).toEqual([]);
  });
});

describe("parseRoute", () => {
  it.each([
    ["/", { page: "console", incident: null }],
    ["/incidents/abc", { page: "console", incident: "abc" }],
    ["/stations/SB%20LONG", { page: "stations", id: "SB LONG" }],
    ["/inbox", { page: "inbox" }],
    ["/inbox/x", { page: "unknown" }],
    ["/nowhere", { page: "unknown" }],
    ["/warnings/new/x", { page: "unknown" }],
    ["/reservoirs/ho-thac-mo", { page: "reservoirs", id: "ho-thac-mo" }],
    ["/releases", { page: "reservoirs", id: null }],
    ["/releases/r1", { page: "releases", id: "r1", reservoir: null }],
    ["/rain", { page: "rain" }],
    ["/fire/x", { page: "unknown" }],
    ["/devices", { page: "devices" }],
    ["/bulletins/b1", { page: "bulletins", id: "b1" }],
  ])("%s", (path, expected) => expect(parseRoute(path)).toEqual(expected));

  it("knows the case that a new warning is for", () => {
    expect(parseRoute("/warnings/new", "?incident=i1")).toEqual({
      page: "warnings",
      id: null,
      forIncident: "i1",
      composing: true,
    });
  });

  it("knows the reservoir that a new notice is of", () => {
    expect(parseRoute("/releases/new", "?reservoir=ho-thac-mo")).toEqual({
      page: "releases",
      id: "new",
      reservoir: "ho-thac-mo",
    });
  });

  it("survives an address that is no valid escape", () => {
    expect(parseRoute("/stations/%E0%A4%A")).toEqual({ page: "unknown" });
  });
});

describe("feedHealth", () => {
  const status: SystemStatus = {
    now: "",
    clock: "wall",
    mode: "live",
    seq: 1,
    sensors: { total: 8, online: 8, late: 0, unknown: 0, quarantined_24h: 0 },
    broker: { kind: "iotcore", connected: true, enforced: false },
    sms: { provider: "console", queued: 0, failed_24h: 0, rate_per_s: 100 },
    journal: { seq: 1, verified_at: "2026-11-22T09:00:00Z", ok: true },
    database: "sqlite",
    alarms_10min: 0,
  };
  const healthOf = (change: Partial<SystemStatus>) =>
    feedHealth({ ...status, ...change }).map((f) => f.health);

  it("is quiet when all is well", () => {
    expect(new Set(healthOf({}))).toEqual(new Set(["ok"]));
  });

  it("raises what is wrong", () => {
    expect(healthOf({ broker: { ...status.broker, connected: false } })).toContain("bad");
    expect(healthOf({ sensors: { ...status.sensors, online: 7, late: 1 } })).toContain("caution");
    expect(healthOf({ sensors: { ...status.sensors, online: 2, late: 6 } })).toContain("bad");
    expect(healthOf({ journal: { ...status.journal, ok: false } })).toContain("bad");
  });

  it("does not count a station that never spoke as lost", () => {
    expect(new Set(healthOf({ sensors: { ...status.sensors, online: 5, unknown: 3 } }))).toEqual(
      new Set(["ok"]),
    );
  });
});

describe("isCharacterKey", () => {
  it("is what WCAG 2.1.4 is about", () => {
    expect(["a", "?", "/", "đ"].every(isCharacterKey)).toBe(true);
    expect(["Escape", "ArrowDown", "F1"].some(isCharacterKey)).toBe(false);
  });
});
