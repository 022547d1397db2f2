/**
 * The province of the mock: places from the demo pack, invented stations and cases, a river that rises and falls.
 * Every figure here is made up; it exists to develop and to test pages without a server.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const MINUTE = 60_000;
const iso = (ms) => new Date(ms).toISOString();

function readGeo(folder, name) {
  const path = join(folder, `${name}.geojson`);
  return existsSync(path)
    ? JSON.parse(readFileSync(path, "utf8"))
    : { type: "FeatureCollection", features: [] };
}

export function loadPlaces(folder) {
  const areas = ["communes", "districts"].flatMap((name) => readGeo(folder, name).features);
  const waters = ["rivers", "reservoirs", "dams"].flatMap((name) => readGeo(folder, name).features);
  if (areas.length === 0) console.warn(`mock: no outlines in ${folder}; the map stays empty (EOC_MOCK_PACK)`);
  for (const { properties: p } of areas) {
    p.level = 0;
    p.incidents = 0;
  }
  return {
    areas,
    waters,
    name: (code) => areas.find((f) => f.properties.code === code)?.properties.name ?? null,
  };
}

const station = (id, name, lon, lat, area, chainage, base, extra = {}) => ({
  id,
  name,
  kind: "river",
  lon,
  lat,
  area,
  river: "song-be",
  chainage_km: chainage,
  thresholds: { bd1: base, bd2: base + 1.2, bd3: base + 2.2 },
  rules: { min_duration_s: 600, hysteresis_m: 0.1, rise_m_per_h: 0.5, interval_s: 600 },
  demo: true,
  sources: { bd1: "demo", bd2: "demo", bd3: "demo" },
  latest: {},
  status: "online",
  hazard_state: { level: 0, alarm: null, rise_m_per_h: 0, next: null },
  version: 1,
  ...extra,
});

export function makeStations() {
  return [
    station("SB-PHUOCLONG", "Phước Long", 106.97, 11.84, "25216", 120, 60.5),
    station("SB-LONGBINH", "Cầu Long Bình", 106.83, 11.79, "25240", 88, 28.2),
    station("SB-NHABICH", "Nha Bích", 106.72, 11.49, "25450", 44, 24.0),
    station("SB-PHUOCHOA", "Phước Hòa", 106.76, 11.26, "25450", 12, 20.0, { thresholds: null, sources: {} }),
    station("MUA-BUGIAMAP", "Mưa Bù Gia Mập", 107.12, 12.13, "25222", null, 0, {
      kind: "rain",
      river: null,
      thresholds: null,
    }),
    station("MUA-BUDANG", "Mưa Bù Đăng", 107.24, 11.81, "25396", null, 0, {
      kind: "rain",
      river: null,
      thresholds: null,
    }),
    station("HO-THACMO", "Hồ Thác Mơ", 107.01, 11.87, "25216", null, 0, {
      kind: "reservoir",
      thresholds: null,
      rules: { interval_s: 3600 },
    }),
    station("HO-CANDON", "Hồ Cần Đơn", 106.84, 11.96, "25308", null, 0, {
      kind: "reservoir",
      thresholds: null,
    }),
  ];
}

/** Level of a gauge, m: one flood wave that reaches each gauge later the further down it lies. */
export function levelAt(gauge, ms, startMs) {
  const base = (gauge.thresholds?.bd1 ?? 20) - 1.6;
  const travelH = (120 - (gauge.chainage_km ?? 0)) / 14;
  const h = (ms - startMs) / 3_600_000 - travelH;
  const wave = h <= 0 ? 0 : 4.1 * (1 - Math.exp(-h / 3.2)) * Math.exp(-Math.max(0, h - 14) / 18);
  return base + wave + 0.02 * Math.sin(ms / 700_000 + (gauge.chainage_km ?? 0));
}

export function seriesOf(gauge, fromMs, toMs, startMs) {
  const items = [];
  const step = 10 * MINUTE;
  for (let ms = Math.ceil(fromMs / step) * step; ms <= toMs; ms += step) {
    // An hour without readings, so that the chart has a hole to show.
    if (gauge.id === "SB-NHABICH" && ms > startMs + 7.2 * 3_600_000 && ms < startMs + 8.4 * 3_600_000)
      continue;
    const value = Math.round(levelAt(gauge, ms, startMs) * 100) / 100;
    items.push({
      property: "water_level_m",
      observed_at: iso(ms),
      received_at: iso(ms + 2000),
      value,
      quality: "good",
      ...oddity(gauge, ms, value),
    });
  }
  return items;
}

/** A few doubtful and wrong readings, so that the chart has some to show. */
function oddity(gauge, ms, value) {
  const n = Math.round(ms / (10 * MINUTE)) % 61;
  if (gauge.id !== "SB-LONGBINH") return {};
  if (n === 7) return { value: value + 0.8, quality: "suspect", flags: ["spike"] };
  return n === 23 ? { value: -9999, quality: "bad", flags: ["sentinel"] } : {};
}

export function refreshStations(stations, nowMs, startMs) {
  for (const s of stations) {
    if (s.kind === "rain") {
      s.latest = {
        rain_mm: reading(
          s.id === "MUA-BUDANG" ? 0.4 : 12.6,
          nowMs - (s.id === "MUA-BUDANG" ? 52 : 3) * MINUTE,
        ),
      };
      s.status = s.id === "MUA-BUDANG" ? "offline" : "online";
      continue;
    }
    if (s.kind === "reservoir") {
      s.latest =
        s.id === "HO-THACMO"
          ? {
              htl: reading(216.42, nowMs - 8 * MINUTE),
              qve: reading(412, nowMs - 8 * MINUTE),
              qxt: reading(186, nowMs - 8 * MINUTE),
              qxm: reading(240, nowMs - 8 * MINUTE, "suspect"),
              ncxm: reading(2, nowMs - 8 * MINUTE),
            }
          : {};
      s.status = s.id === "HO-THACMO" ? "online" : "unknown";
      continue;
    }
    const value = Math.round(levelAt(s, nowMs, startMs) * 100) / 100;
    const rise = Math.round((value - levelAt(s, nowMs - 60 * MINUTE, startMs)) * 100) / 100;
    s.latest = { water_level_m: reading(value, nowMs - 20_000) };
    const t = s.thresholds;
    const alarm =
      t === null ? null : value >= t.bd3 ? "bd3" : value >= t.bd2 ? "bd2" : value >= t.bd1 ? "bd1" : null;
    const next = alarm === null ? "bd1" : alarm === "bd1" ? "bd2" : alarm === "bd2" ? "bd3" : null;
    s.hazard_state = {
      level: alarm === "bd3" ? 4 : alarm === "bd2" ? 3 : alarm === "bd1" ? 2 : 0,
      alarm,
      rise_m_per_h: rise,
      next:
        t === null || next === null || rise <= 0.02
          ? null
          : { threshold: next, eta_s: Math.round(((t[next] - value) / rise) * 3600) },
    };
  }
}

function reading(value, observedMs, quality = "good") {
  return { value, observed_at: iso(observedMs), received_at: iso(observedMs + 2000), quality };
}

/** A case with the parts that its page shows. */
export function makeIncident(fields, nowMs) {
  const opened = iso(nowMs - (fields.age_min ?? 0) * MINUTE);
  const { age_min: _age, ...rest } = fields;
  return {
    hazard: "river_flood",
    peak_level: fields.level,
    official_level: null,
    risk_reference: null,
    state: "new",
    outcome: null,
    station: null,
    observed_at: iso(nowMs - ((fields.age_min ?? 0) + 12) * MINUTE),
    decided_at: opened,
    opened_at: opened,
    stood_down_at: null,
    acknowledged_by: null,
    acknowledged_at: null,
    assigned_to: null,
    version: 1,
    evidence_count: 1,
    drill: false,
    evidence: [],
    timeline: [],
    units: [],
    warnings: [],
    tasks: [],
    impacts: null,
    proposals: [],
    ...rest,
  };
}

const reason = (stationId, name, threshold, threshold_m, value_m, minutes) => ({
  code: "reason.level_at_or_above",
  params: { station: stationId, station_name: name, threshold, threshold_m, value_m, minutes },
});

export function firstIncidents(nowMs) {
  const evidence = (id, ref, ageMin, reasons) => ({
    id,
    source: "station",
    ref,
    observed_at: iso(nowMs - ageMin * MINUTE),
    weight: 1,
    reasons,
    detached: false,
  });
  return [
    makeIncident(
      {
        id: "inc-187",
        number: 187,
        level: 4,
        title: {
          vi: "Lũ sông Bé vượt BĐ3 tại Cầu Long Bình",
          en: "Bé River flood above BĐ3 at Long Bình bridge",
        },
        area: "25240",
        area_name: "Xã Long Bình",
        station: "SB-LONGBINH",
        lon: 106.83,
        lat: 11.79,
        age_min: 2,
        evidence_count: 3,
        version: 4,
        risk_reference: { level: 2, wording_code: "risk.equivalent", params: { level: 2 } },
        evidence: [
          evidence("e1", "SB-LONGBINH", 2, [reason("SB-LONGBINH", "Cầu Long Bình", "bd3", 30.4, 30.52, 10)]),
          evidence("e2", "SB-LONGBINH", 78, [reason("SB-LONGBINH", "Cầu Long Bình", "bd2", 29.4, 29.44, 10)]),
          evidence("e3", "SB-PHUOCLONG", 140, [
            {
              code: "reason.same_river_upstream",
              params: { river: "Sông Bé", km: 32, minutes: 35, other: "SB-PHUOCLONG" },
            },
          ]),
        ],
        warnings: [{ id: "w-41", state: "submitted", number: 41 }],
        impacts: {
          whole_commune: false,
          items: [
            {
              kind: "hamlet",
              name: "Thôn 1, thôn 2",
              area: "25240",
              households: 214,
              people: 870,
              source: "demo",
              date: "2024-10-05",
            },
            { kind: "ford", name: "Ngầm Suối Rạt", area: "25240", source: "demo", date: "2024-10-05" },
          ],
        },
        proposals: [
          {
            id: "p1",
            kind: "uplift",
            add: 1,
            to: 5,
            state: "open",
            reasons: [{ code: "reason.uplift_rise", params: { add: 1, rise_m_per_h: 0.62 } }],
          },
        ],
      },
      nowMs,
    ),
    makeIncident(
      {
        id: "inc-186",
        number: 186,
        level: 3,
        hazard: "forest_fire",
        title: {
          vi: "Khói trên sườn tây, gần trạm kiểm lâm số 4",
          en: "Smoke on the western slope near ranger post 4",
        },
        area: "25222",
        area_name: "Xã Bù Gia Mập",
        lon: 107.14,
        lat: 12.16,
        age_min: 6,
      },
      nowMs,
    ),
    makeIncident(
      {
        id: "inc-184",
        number: 184,
        level: 3,
        hazard: "dam_release",
        title: { vi: "Thác Mơ xả tràn 620 m³/s", en: "Thác Mơ spilling 620 m³/s" },
        area: "25216",
        area_name: "Phường Thác Mơ",
        station: "HO-THACMO",
        lon: 107.003,
        lat: 11.855,
        age_min: 18,
        state: "acknowledged",
        acknowledged_by: "operator2",
        acknowledged_at: iso(nowMs - 16 * MINUTE),
        evidence_count: 2,
      },
      nowMs,
    ),
    makeIncident(
      {
        id: "inc-183",
        number: 183,
        level: 2,
        title: { vi: "Nước sông Bé trên BĐ1 tại Nha Bích", en: "Bé River above BĐ1 at Nha Bích" },
        area: "25450",
        area_name: "Xã Nha Bích",
        station: "SB-NHABICH",
        lon: 106.72,
        lat: 11.49,
        age_min: 31,
        state: "responding",
        acknowledged_by: "operator",
        acknowledged_at: iso(nowMs - 29 * MINUTE),
        assigned_to: "BCH PCTT huyện Chơn Thành",
      },
      nowMs,
    ),
    makeIncident(
      {
        id: "inc-175",
        number: 175,
        level: 1,
        hazard: "traffic",
        title: { vi: "Cây đổ chắn ĐT741", en: "Tree across road ĐT741" },
        area: "25264",
        area_name: "Xã Phú Riềng",
        lon: 106.95,
        lat: 11.68,
        age_min: 64,
        state: "contained",
        acknowledged_by: "dispatcher",
        acknowledged_at: iso(nowMs - 60 * MINUTE),
        stood_down_at: iso(nowMs - 12 * MINUTE),
        peak_level: 2,
        tasks: [
          {
            id: "t1",
            state: "open",
            kind: "task.confirm_end",
            params: { number: 175 },
            due_at: iso(nowMs + 40 * MINUTE),
          },
        ],
      },
      nowMs,
    ),
  ];
}

export function firstWarnings(nowMs) {
  const text =
    "EOC Bình Phước: LŨ sông Bé vượt BĐ3, ngập thôn 1-2 xã Long Bình từ 18h 22/11. SƠ TÁN NGAY tới Trường Bình Tân. Cấm qua ngầm. Hỏi 1022";
  return [
    makeWarning(
      {
        id: "w-41",
        number: 41,
        incident: "inc-187",
        level: 4,
        state: "submitted",
        text,
        areas: ["25240", "25243"],
      },
      nowMs,
    ),
    makeWarning(
      {
        id: "w-40",
        number: 40,
        incident: "inc-183",
        level: 2,
        state: "draft",
        text: "EOC Bình Phước: Nước sông Bé có thể lên BĐ2 tại Nha Bích tối 22/11. Chuyển đồ, gia súc lên cao. Tin kế tiếp lúc 20h. Hỏi 1022",
        areas: ["25450"],
        submitted_by: null,
        submitted_at: null,
      },
      nowMs,
    ),
  ];
}

export function makeWarning(fields, nowMs) {
  const { text, ...rest } = fields;
  const warning = {
    hazard: "river_flood",
    version: 2,
    expires_at: iso(nowMs + 10 * 60 * MINUTE),
    drafted_by: "operator",
    drafted_at: iso(nowMs - 6 * MINUTE),
    submitted_by: "operator",
    submitted_at: iso(nowMs - 3 * MINUTE),
    approved_by: null,
    approved_at: null,
    rejected_reason: null,
    authors: ["operator"],
    counts: { queued: 0, sending: 0, sent: 0, delivered: 0, failed: 0, unknown: 0, expired: 0 },
    ...rest,
  };
  return describe(warning, { vi: text, en: null });
}

/** What the server computes from words and areas. */
export function describe(warning, text) {
  const plain = text.vi
    .normalize("NFD")
    .replace(/[\u0300-\u036f]/g, "")
    .replace(/đ/g, "d")
    .replace(/Đ/g, "D");
  const count = warning.areas.length * 6240;
  const segments = (value) => {
    const ucs = /[^\x20-\x7e\n]/.test(value);
    const [one, many] = ucs ? [70, 67] : [160, 153];
    const n = value.normalize("NFC").length;
    return { encoding: ucs ? "UCS-2" : "GSM-7", units: n, segments: n <= one ? 1 : Math.ceil(n / many) };
  };
  return {
    ...warning,
    text: { vi: text.vi, vi_plain: plain, en: text.en ?? null },
    segments: { vi: segments(text.vi), vi_plain: segments(plain) },
    sender: "EOC-BPHUOC",
    audience: { count, excluded: [{ code: "audience.wants_call", count: 12 }] },
    eta_s: Math.ceil((count * segments(plain).segments) / 60),
    checks: [
      { code: "check.audience", ok: count > 0, blocking: false, params: { count } },
      {
        code: "check.time",
        ok: /\d{1,2}h/.test(text.vi) && /\d{1,2}\/\d{1,2}/.test(text.vi),
        blocking: true,
        params: {},
      },
      { code: "check.action", ok: /SƠ TÁN|Chuyển|ĐÓNG|KHÔNG/.test(text.vi), blocking: true, params: {} },
      { code: "check.link", ok: !/https?:/.test(text.vi), blocking: true, params: {} },
      {
        code: "check.ambiguous",
        ok: !/đừng/i.test(text.vi),
        blocking: true,
        params: { words: /đừng/i.test(text.vi) ? "đừng" : "", instead: /đừng/i.test(text.vi) ? "KHÔNG" : "" },
      },
    ],
  };
}
