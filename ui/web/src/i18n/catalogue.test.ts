import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { CATALOGUES, lookUp, PLACEHOLDER } from "./catalogue";

const placeholders = (text: string) => [...text.matchAll(PLACEHOLDER)].map((match) => match[1]).sort();

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sources(path);
    return /(?<!\.test)\.tsx?$/.test(entry.name) ? [path] : [];
  });
}

const FAMILIES =
  "ui|actor|state|outcome|role|threshold|level|task|quality|property|warning|timeline|evidence|rule|source";

describe("catalogue", () => {
  it("has the same keys in both languages", () => {
    expect(Object.keys(CATALOGUES.en).sort()).toEqual(Object.keys(CATALOGUES.vi).sort());
  });

  it("has the same placeholders in both languages", () => {
    for (const [key, text] of Object.entries(CATALOGUES.vi)) {
      expect([key, placeholders(CATALOGUES.en[key] ?? "")]).toEqual([key, placeholders(text)]);
    }
  });

  it("has both plural forms wherever it has one", () => {
    for (const key of Object.keys(CATALOGUES.vi)) {
      // Elsewhere a key may end in these letters by chance ("link_not_one"); the pages' keys may not.
      if (!key.startsWith("ui.")) continue;
      if (key.endsWith("_one")) expect(CATALOGUES.vi).toHaveProperty([key.replace(/_one$/, "_other")]);
      if (key.endsWith("_other")) expect(CATALOGUES.vi).toHaveProperty([key.replace(/_other$/, "_one")]);
    }
  });

  it("has every key that the pages name", () => {
    const missing: string[] = [];
    const used = new Set<string>();
    for (const path of sources(join(__dirname, ".."))) {
      const text = readFileSync(path, "utf8");
      for (const [, key = ""] of text.matchAll(new RegExp(`"((?:${FAMILIES})\\.[a-z0-9_.]+)"`, "g"))) {
        used.add(key);
        if (lookUp("vi", key, { count: 2 }) === null) missing.push(`${key} in ${path}`);
      }
    }
    expect(missing).toEqual([]);
    expect(used.size).toBeGreaterThan(200);
  });

  it("has every member of the families that the pages make up", () => {
    const families: Record<string, readonly (string | number)[]> = {
      level: [0, 1, 2, 3, 4, 5],
      state: ["new", "acknowledged", "responding", "contained", "closed"],
      outcome: ["resolved", "false_alarm", "duplicate", "exercise", "cancelled", "transferred"],
      threshold: ["bd1", "bd2", "bd3"],
      "warning.state": [
        "draft",
        "submitted",
        "approved",
        "sending",
        "sent",
        "cancelled",
        "expired",
        "rejected",
      ],
      "ui.age": ["second", "minute", "hour", "day"],
      "ui.health": ["ok", "caution", "bad"],
      "ui.trust": ["good", "late", "suspect", "offline", "silent"],
      "ui.progress": ["queued", "sending", "sent", "delivered", "failed", "unknown", "expired"],
      "ui.map.layer": ["levels", "incidents", "stations", "water", "names"],
      "ui.search.kind": ["incident", "station", "commune"],
      "ui.settings.test": ["critical", "high", "normal"],
      "ui.warning.group": ["waiting", "draft", "going", "sent", "ended"],
      "ui.health.state": ["online", "late", "silent", "maintenance", "unknown"],
      "ui.ticket.kind": ["silent", "stuck", "drift", "battery", "clock", "credential", "gateway_down"],
      "ui.feeds.state_name": ["good", "late", "failing", "never", "off"],
      "ui.feeds.kind_name": ["json_rows", "html_table", "csv", "cap", "firms_csv"],
      "ui.release.state": ["planned", "running", "ended", "cancelled"],
      "ui.release.step": ["received", "hamlets_told", "bank_clear"],
      "ui.release.channel": [
        "mqtt",
        "api",
        "form",
        "text",
        "photo",
        "phone",
        "zalo",
        "sms",
        "radio",
        "visit",
        "app",
        "other",
      ],
      "ui.release.party": ["command", "office", "hydromet", "dam_owner", "neighbour"],
      "ui.bulletin.state": ["current", "superseded", "expired", "closed"],
      "ui.fire.bulletin_state": ["draft", "signed", "sent", "acknowledged"],
      "ui.fire.name": [1, 2, 3, 4, 5],
      "ui.fire.channel": ["printed", "email", "zalo", "phone", "radio", "fax", "sms"],
      "ui.hotspot.verdict": ["listed", "inside", "second"],
      "ui.rain.ground": ["low", "medium", "high"],
      "ui.uplift.state": ["accepted", "rejected"],
      "ui.impact.kind": ["hamlet", "ford", "road", "school", "shelter", "other"],
      "ui.epidemic.method_name": ["c1", "c2", "c3", "channel"],
      "evidence.source": ["station", "call", "sighting", "notice", "feed", "person"],
    };
    for (const [family, members] of Object.entries(families)) {
      for (const member of members) expect(CATALOGUES.vi).toHaveProperty([`${family}.${member}`]);
    }
  });

  it("leaves no English word in a Vietnamese text by accident", () => {
    for (const [key, text] of Object.entries(CATALOGUES.vi)) {
      if (key.startsWith("ui."))
        expect([key, /\b(the|and|please|cannot|with)\b/i.test(text)]).toEqual([key, false]);
    }
  });
});

describe("lookUp", () => {
  it("chooses the plural form by count and fills placeholders", () => {
    expect(lookUp("en", "ui.queue.open", { count: 1 })).toBe("1 open case");
    expect(lookUp("en", "ui.queue.open", { count: 3 })).toBe("3 open cases");
    expect(lookUp("vi", "ui.queue.open", { count: 3 })).toBe("3 sự cố đang mở");
  });

  it("shows numbers the way it is told to", () => {
    const shown = lookUp("vi", "ui.approve.phrase", { count: 12480 }, (n) => n.toLocaleString("vi-VN"));
    expect(shown).toBe("GỬI 12.480 NGƯỜI");
  });

  it("keeps a placeholder that got no value, and knows nothing of unknown keys", () => {
    expect(lookUp("vi", "ui.age.ago", {})).toBe("{{age}} trước");
    expect(lookUp("vi", "ui.no.such.key")).toBeNull();
  });
});
