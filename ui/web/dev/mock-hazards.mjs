/**
 * The routes of instruments, water, fire and bulletins in the mock: invented figures in the shapes of the contract.
 * What is changed is kept until the mock ends; nothing here is a rule.
 */
const MINUTE = 60_000;
const HOUR = 3_600_000;
const iso = (ms) => new Date(ms).toISOString();
const coded = (code, params = {}) => ({ code, params });

export function makeHazards(places, stations) {
  const start = Date.now();
  const communes = places.areas.filter((f) => f.properties.kind === "commune");
  const name = (code) => places.name(code) ?? code;
  const none = { received: null, hamlets_told: null, bank_clear: null };
  const commune = (area, km, earliestMin, more = {}) => ({
    area,
    name: name(area),
    chainage_km: km,
    earliest_at: earliestMin === null ? null : iso(start + earliestMin * MINUTE),
    likely_at: earliestMin === null ? null : iso(start + earliestMin * 1.25 * MINUTE + 20 * MINUTE),
    latest_at: earliestMin === null ? null : iso(start + earliestMin * 1.6 * MINUTE + 45 * MINUTE),
    why: earliestMin === null ? coded("reason.travel_unknown") : null,
    source: earliestMin === null ? null : "demo",
    steps: { ...none },
    phone: "+84 9•• ••• 115",
    notes: [],
    held: false,
    due: {},
    peak:
      earliestMin === null
        ? null
        : {
            discharge_m3s: 560 - earliestMin / 2,
            at: iso(start + earliestMin * 1.4 * MINUTE + 60 * MINUTE),
            share: 0.8,
          },
    late: false,
    call_due_at: null,
    ...more,
  });
  const told = (by, min, channel = "phone") => ({ by, at: iso(start - min * MINUTE), channel });
  const riverside = communes.slice(0, 40).map((f) => f.properties.code);
  const releases = [
    {
      id: "rel-1",
      reservoir: "HO-THACMO",
      reservoir_name: "Hồ Thác Mơ",
      notice: "112/TB-TĐTM",
      version: 2,
      planned_at: iso(start - 20 * MINUTE),
      until: iso(start + 9 * HOUR),
      discharge_m3s: 620,
      gates_open: 2,
      reason: "Điều tiết để duy trì mực nước dâng bình thường",
      sent_at: iso(start - 95 * MINUTE),
      received_at: iso(start - 80 * MINUTE),
      channel: "photo",
      state: "running",
      late: true,
      notice_hours: 1.2,
      required_hours: 4,
      required_source: "unverified",
      incident: "inc-184",
      parties: [
        {
          body: "b1",
          name: { vi: "Thủy điện Cần Đơn", en: "Thủy điện Cần Đơn" },
          kind: "dam_owner",
          told_at: iso(start - 60 * MINUTE),
        },
        {
          body: "b2",
          name: { vi: "Thủy điện Srok Phu Miêng", en: "Thủy điện Srok Phu Miêng" },
          kind: "dam_owner",
          told_at: null,
        },
        {
          body: "b3",
          name: { vi: "Tỉnh Bình Dương (Hồ Phước Hòa)", en: "Tỉnh Bình Dương (Hồ Phước Hòa)" },
          kind: "neighbour",
          told_at: null,
        },
      ],
      communes: [
        commune(riverside[0], 118, -4, {
          steps: {
            received: told("Ông Thành, CT xã", 62),
            hamlets_told: told("Ông Thành, CT xã", 30, "zalo"),
            bank_clear: null,
          },
          late: true,
          call_due_at: iso(start + 4 * MINUTE),
        }),
        commune(riverside[4], 104, 48, { steps: { ...none, received: told("Bà Hạnh, VP xã", 55) } }),
        commune(riverside[7], 88, 137, {
          steps: {
            received: told("Anh Long, xã đội", 58),
            hamlets_told: told("Anh Long, xã đội", 41, "radio"),
            bank_clear: told("Anh Long, xã đội", 12, "radio"),
          },
        }),
        commune(riverside[11], 61, 290),
        commune(riverside[15], 44, null),
      ],
    },
    {
      id: "rel-0",
      reservoir: "HO-CANDON",
      reservoir_name: "Hồ Cần Đơn",
      notice: "87/TB",
      version: 1,
      planned_at: iso(start - 60 * HOUR),
      until: iso(start - 50 * HOUR),
      discharge_m3s: 210,
      gates_open: 1,
      reason: null,
      sent_at: iso(start - 68 * HOUR),
      received_at: iso(start - 68 * HOUR),
      channel: "mqtt",
      state: "ended",
      late: false,
      notice_hours: 8,
      required_hours: 4,
      required_source: "unverified",
      incident: null,
      parties: [],
      communes: [],
      gauges: [],
      routing: null,
    },
  ];
  for (const release of releases)
    Object.assign(release, {
      spill_m3s: null,
      updated_at: release.received_at,
      turbine_m3s: null,
      gauges: release.gauges ?? [],
      versions: [
        {
          version: release.version,
          heard_at: release.received_at,
          actor: "operator",
          planned_at: release.planned_at,
          until: release.until,
          discharge_m3s: release.discharge_m3s,
          cancelled: false,
        },
      ],
      originals: [],
      routing: {
        method: "muskingum",
        base_m3s: 186,
        lasts_h: 9,
        reaches: [
          {
            reach: "r1",
            from_km: 0,
            to_km: 60,
            k_h: 3.2,
            x: 0.2,
            source: "demo",
            travel_h: { earliest: 2, likely: 3, latest: 5, source: "demo" },
          },
        ],
      },
    });
  const head = (release) => {
    const done = (step) => release.communes.filter((each) => each.steps[step] !== null).length;
    return {
      ...release,
      first_earliest_at:
        release.communes
          .map((each) => each.earliest_at)
          .filter((at) => at !== null)
          .sort()[0] ?? null,
      counts: {
        communes: release.communes.length,
        late: release.communes.filter((each) => each.late).length,
        received: done("received"),
        hamlets_told: done("hamlets_told"),
        bank_clear: done("bank_clear"),
      },
    };
  };
  const reading = (value, quality = "good") => ({ value, observed_at: iso(start - 9 * MINUTE), quality });
  const reservoirs = [
    {
      id: "HO-THACMO",
      name: "Hồ Thác Mơ",
      area: "25216",
      lon: 107.01,
      lat: 11.87,
      river: "song-be",
      chainage_km: 122,
      normal_level_m: 218,
      dead_level_m: 198,
      capacity_hm3: 1360,
      latest: {
        htl: reading(217.62),
        qve: reading(812),
        qxt: reading(186),
        qxm: reading(434, "suspect"),
        ncxm: reading(2),
      },
      total_m3s: 620,
      checks: [
        {
          code: "reason.forecast_reaches",
          params: { station_name: "Hồ Thác Mơ", threshold: "bd3", threshold_m: 218, hours: 3 },
          level: 3,
          since: iso(start - 40 * MINUTE),
        },
      ],
      releases: ["rel-1"],
    },
    {
      id: "HO-CANDON",
      name: "Hồ Cần Đơn",
      area: "25308",
      lon: 106.84,
      lat: 11.96,
      river: "song-be",
      chainage_km: 100,
      normal_level_m: null,
      dead_level_m: null,
      capacity_hm3: null,
      latest: {},
      total_m3s: null,
      checks: [],
      releases: [],
    },
  ];
  const bulletins = [
    {
      id: "bul-1",
      number: "DBLU-16/09h00/QLBI",
      issuer: "Đài Khí tượng Thủy văn tỉnh",
      hazard: "river_flood",
      official_level: 1,
      areas: [riverside[0], riverside[4]],
      issued_at: iso(start - 5 * HOUR),
      valid_until: iso(start + 19 * HOUR),
      next_due_at: iso(start - 20 * MINUTE),
      text: "TIN CẢNH BÁO LŨ TRÊN SÔNG BÉ\nMực nước sông Bé tại Phước Long đang lên nhanh, có khả năng đạt BĐ2 vào đêm nay.\nCảnh báo cấp độ rủi ro thiên tai do lũ: cấp 1.",
      file: null,
      state: "current",
      mismatch: coded("reason.level_at_or_above", {
        station: "SB-LONGBINH",
        station_name: "Cầu Long Bình",
        threshold: "bd3",
        threshold_m: 30.4,
        value_m: 30.52,
        minutes: 10,
      }),
      incident: "inc-187",
    },
  ];
  const burnings = [
    {
      id: "bur-1",
      area: riverside[9],
      name: name(riverside[9]),
      place: "Rẫy điều thôn 3, đốt thực bì",
      person: "Ông Điểu Nhân",
      phone: "+84 9•• ••• 412",
      from: iso(start - HOUR),
      until: iso(start + 3 * HOUR),
      size_ha: 1.2,
      danger: 2,
      state: "notified",
      flag: null,
      ended_at: null,
    },
  ];
  const fireBulletins = [
    {
      id: "fb-1",
      day: dayOf(start),
      state: "draft",
      version: 1,
      not_computed: 8,
      owners: [{ id: "o1", name: "Vườn quốc gia Bù Gia Mập", areas: [riverside[5]], level: 5 }],
      items: communes
        .slice(5, 14)
        .map((f, i) => ({ area: f.properties.code, name: f.properties.name, level: 5 - (i % 3) })),
      recipients: [
        {
          recipient: "o1",
          kind: "owner",
          name: "Vườn quốc gia Bù Gia Mập",
          acknowledged_at: iso(start - 5 * MINUTE),
          acknowledged_by: "kiemlam",
          channel: "zalo",
        },
        {
          recipient: riverside[5],
          kind: "commune",
          name: name(riverside[5]),
          acknowledged_at: null,
          acknowledged_by: null,
          channel: null,
        },
      ],
    },
  ];
  const ticket = (id, kind, station, gateway, priority, hours) => ({
    id,
    kind,
    subject: station ?? gateway,
    station,
    gateway,
    priority,
    state: "open",
    opened_at: iso(start - hours * HOUR),
    closed_at: null,
    reasons: [],
  });
  const tickets = [
    ticket("t-1", "silent", "MUA-BUDANG", null, "high", 0.7),
    ticket("t-2", "gateway_down", null, "gw-bugiamap", "normal", 3),
  ];
  const maintenance = new Map();
  const find = (list, id) => list.find((each) => each.id === id);

  function health(station) {
    const state = maintenance.has(station.id)
      ? "maintenance"
      : station.status === "online"
        ? "online"
        : station.status === "offline"
          ? "silent"
          : "unknown";
    const open = tickets.find((each) => each.station === station.id && each.state === "open");
    return {
      state,
      last_seen_at:
        state === "unknown" ? null : iso(Date.now() - (state === "silent" ? 52 * MINUTE : 20_000)),
      interval_s: station.rules.interval_s ?? 900,
      battery_v: station.kind === "river" ? 3.71 : station.id === "MUA-BUDANG" ? 3.12 : null,
      rssi: station.kind === "rain" ? -97 : null,
      gateway: station.kind === "rain" ? "gw-bugiamap" : null,
      ticket: open ? { id: open.id, kind: open.kind, priority: open.priority } : null,
    };
  }

  const quality = (station) =>
    station.id === "SB-NHABICH"
      ? { water_level_m: { flag: "suspect", codes: ["spike"] } }
      : station.kind === "river"
        ? { water_level_m: { flag: "good", codes: [] } }
        : {};

  function forecast(station) {
    const now = Date.now();
    if (station.kind !== "river" || station.thresholds === null)
      return {
        property: "water_level_m",
        made_at: null,
        model: null,
        trained_on: null,
        silent: coded("reason.rain_unknown", { station_name: station.name, missing_min: 600, hours: 24 }),
        points: [],
        times: [],
        coverage: 0.8,
      };
    const from = station.latest.water_level_m?.value ?? 20;
    const rise = station.hazard_state?.rise_m_per_h ?? 0;
    const points = Array.from({ length: 25 }, (_, h) => {
      const likely = from + rise * 3 * (1 - Math.exp(-h / 3)) - h * 0.03;
      return {
        at: iso(now + h * HOUR),
        low: likely - 0.09 * h ** 0.7,
        likely,
        high: likely + 0.12 * h ** 0.8,
      };
    });
    const first = (key, limit) => points.find((p) => p[key] >= limit)?.at ?? null;
    return {
      property: "water_level_m",
      made_at: iso(now - 4 * MINUTE),
      model: "lag-rate@1",
      trained_on: { from: "2026-07-01T00:00:00Z", to: iso(now), samples: 20_412, events: 7 },
      silent: null,
      points,
      times: ["bd1", "bd2", "bd3"]
        .filter((n) => station.thresholds[n] > from)
        .map((n) => ({
          threshold: n,
          earliest: first("high", station.thresholds[n]),
          likely: first("likely", station.thresholds[n]),
          latest: first("low", station.thresholds[n]),
        })),
      coverage: 0.8,
    };
  }

  function rain() {
    const windows = [1, 3, 6, 12, 24, 48, 72];
    const items = communes
      .filter((_, i) => i % 9 === 0)
      .map((f, i) => {
        const p = f.properties;
        const [lon, lat] = p.label ?? [106.9, 11.7];
        const base = 4 + ((i * 37) % 23);
        const hole = i % 5 === 3;
        return {
          station: i === 0 ? "MUA-BUGIAMAP" : `MUA-${p.code}`,
          name: `Mưa ${p.name.replace(/^(Xã|Phường|Thị trấn)\s/u, "")}`,
          lon,
          lat,
          area: p.code,
          windows: Object.fromEntries(
            windows.map((h) => [h, hole && h >= 6 ? null : Math.round(base * h ** 0.72 * 10) / 10]),
          ),
          at_least: Object.fromEntries(windows.map((h) => [h, Math.round(base * h ** 0.7 * 10) / 10])),
          missing: hole ? Object.fromEntries(windows.filter((h) => h >= 6).map((h) => [h, 95])) : {},
          antecedent_mm: hole ? null : 40 + i * 6,
          band:
            base > 18 ? coded("reason.rain_band", { hours: 24, mm: 130, from_mm: 100, below_mm: 200 }) : null,
          level: base > 22 ? 3 : base > 18 ? 2 : 0,
        };
      });
    return {
      at: iso(Date.now()),
      windows_h: windows,
      rain_day_start_hour: 19,
      items,
      areas: communes.map((f, i) => ({
        area: f.properties.code,
        name: f.properties.name,
        susceptibility: i % 7 === 0 ? "high" : i % 4 === 0 ? "medium" : i % 3 === 0 ? "low" : null,
        source: i % 7 === 0 ? "demo" : null,
        max_24h_mm: items.find((each) => each.area === f.properties.code)?.windows[24] ?? null,
        level: items.find((each) => each.area === f.properties.code)?.level ?? 0,
      })),
    };
  }

  function danger(day) {
    return {
      day,
      index: "nesterov",
      on: true,
      fwi_constants: {
        ffmc: "147.2",
        dmc_day_length: "10-30N",
        dc_day_length: "10-30N",
        source: "published",
        reference: "Van Wagner & Pickett 1985",
      },
      items: communes.map((f, i) => {
        const level =
          i % 13 === 5
            ? null
            : 1 + ((i * 7 + Number(day.slice(-2))) % 11 === 0 ? 4 : (i * 3 + Number(day.slice(-2))) % 4);
        return {
          area: f.properties.code,
          name: f.properties.name,
          level,
          p: level === null ? null : level * 2100 + ((i * 131) % 900),
          fwi:
            level === null
              ? null
              : {
                  ffmc: 84 + level,
                  dmc: 20 * level,
                  dc: 180 + 40 * level,
                  isi: 3 * level,
                  bui: 30 * level,
                  fwi: 7.3 * level,
                },
          station: level === null ? null : "MUA-BUGIAMAP",
          distance_km: level === null ? null : (i * 1.7) % 32,
          table: level === null ? null : { id: "phuong-nam", source: "unverified" },
          why:
            level === null
              ? coded("reason.rain_unknown", { station_name: "–", missing_min: 1440, hours: 24 })
              : null,
        };
      }),
      official: null,
    };
  }

  const device = (station) => ({
    station: station.id,
    name: station.name,
    kind: station.kind,
    area: station.area,
    ...health(station),
    maintenance: maintenance.get(station.id) ?? null,
    last_refusal:
      station.id === "SB-PHUOCHOA"
        ? {
            at: iso(start - 25 * MINUTE),
            what: "publish",
            topic: "eoc/v1/obs/SB-LONGBINH",
            address: "10.3.0.7",
            count: 4,
          }
        : null,
    credential:
      station.kind === "river"
        ? {
            username: `device-${station.id}`,
            issued_at: iso(start - 90 * HOUR),
            enforced: station.id !== "SB-PHUOCHOA",
            state: "active",
          }
        : null,
  });

  function read(text) {
    const fields = {};
    const take = (field, pattern, value) => {
      const found = pattern.exec(text);
      if (found !== null)
        fields[field] = {
          value: value(found),
          piece: found[0],
          start: found.index,
          end: found.index + found[0].length,
          confidence: 0.9,
          why: null,
          candidates: [],
        };
    };
    take("discharge_m3s", /(\d+)\s*m3\/s/i, (m) => Number(m[1]));
    take("planned_at", /(\d{1,2})h(\d{2})?/i, () => iso(start + 4 * HOUR));
    take("reservoir", /Thác Mơ/i, () => "HO-THACMO");
    take("number", /\d+\/TB[\w-]*/i, (m) => m[0]);
    return {
      read_id: "read-1",
      kind: "text",
      ocr: null,
      says: Object.keys(fields).length > 0 ? "notice" : null,
      text,
      fields,
    };
  }

  /** Undefined when the route is not one of these. */
  return function answer(me, method, path, query, body, emit) {
    const [first, id, verb, area, step] = path.split("/").filter(Boolean).map(decodeURIComponent);
    const key = `${method} ${first}`;
    switch (key) {
      case "GET stations": {
        const station = stations.find((each) => each.id === id);
        if (verb === "forecast") return forecast(station);
        if (verb === "neighbours")
          return {
            items: stations
              .filter((each) => each.kind === station.kind && each.id !== id)
              .map((each) => ({
                id: each.id,
                name: each.name,
                kind: each.kind,
                relation: coded("reason.same_river_upstream", {
                  river: "Sông Bé",
                  km: 32,
                  minutes: 35,
                  other: each.id,
                }),
                latest: each.latest,
              })),
          };
        if (verb === "observations" && station.kind === "reservoir") {
          const base = { qve: 500, qxt: 186, qxm: 240, htl: 216 }[query.get("property")];
          if (base === undefined || station.id !== "HO-THACMO") return { items: [], next: null };
          const items = [];
          for (
            let ms = Date.parse(query.get("from"));
            ms <= Math.min(Date.now(), Date.parse(query.get("to")));
            ms += HOUR
          )
            items.push({
              property: query.get("property"),
              observed_at: iso(ms),
              received_at: iso(ms),
              value: base * (1 + 0.3 * Math.sin(ms / 3e7)),
              quality: "good",
            });
          return { items, next: null };
        }
        for (const each of stations) Object.assign(each, { health: health(each), quality: quality(each) });
        return undefined;
      }
      case "PUT stations":
        if (verb !== "maintenance") return undefined;
        maintenance.set(id, { ...body, by: me.name });
        return body;
      case "DELETE stations":
        maintenance.delete(id);
        return {};
      case "POST stations":
      case "POST gateways":
        return {
          username: `st-${id}`,
          password: "k7Rm-2vQx-91Lp-Zd4w",
          topic: `eoc/v1/obs/${id}`,
          enforced: true,
        };
      case "GET devices":
        return id === "tickets"
          ? { items: tickets.filter((each) => each.state === (query.get("state") ?? "open")), next: null }
          : { items: stations.map(device), next: null };
      case "POST devices":
        Object.assign(find(tickets, verb), { state: "closed", closed_at: iso(Date.now()) });
        return find(tickets, verb);
      case "GET gateways":
        return {
          items: [
            {
              id: "gw-bugiamap",
              name: "LoRa Bù Gia Mập",
              stations: ["MUA-BUGIAMAP", "MUA-BUDANG"],
              state: "silent",
              ticket: { id: "t-2", kind: "gateway_down" },
              credential: null,
              last_refusal: null,
            },
          ],
          next: null,
        };
      case "GET feeds": {
        const feed = (name, kind, from, state, ageMin, problem) => ({
          id: name,
          name: { vi: name, en: name },
          kind,
          from,
          via: "https",
          interval_s: 600,
          state,
          last_good_at: iso(Date.now() - ageMin * MINUTE),
          age_s: ageMin * 60,
          newest_at: null,
          failures: problem === null ? 0 : 3,
          last_error: problem,
          counts: {},
          missing: [],
          unmapped: [],
        });
        return {
          items: [
            feed("vrain", "rows", "vrain.example", "good", 4, null),
            feed("evn", "rows", "evn.example", "failing", 244, coded("feed.no_answer", { seconds: 20 })),
          ],
          next: null,
        };
      }
      case "GET reservoirs":
        return id === undefined ? { items: reservoirs, next: null } : find(reservoirs, id);
      case "GET releases":
        return id === undefined
          ? {
              items: releases
                .filter((each) => (query.get("reservoir") ?? each.reservoir) === each.reservoir)
                .filter((each) => (query.get("incident") ?? each.incident) === each.incident)
                .map(head),
              next: null,
            }
          : head(find(releases, id));
      case "POST releases": {
        if (id === "read") return read(body.text ?? "");
        const held = id === undefined ? undefined : find(releases, id);
        if (held === undefined) {
          const made = {
            ...releases[0],
            ...body,
            id: `rel-${releases.length + 1}`,
            version: 1,
            state: "planned",
            reservoir_name: find(reservoirs, body.reservoir)?.name ?? body.reservoir,
            incident: null,
            late: false,
            communes: releases[0].communes.map((each) => ({ ...each, steps: { ...none } })),
          };
          releases.unshift(made);
          emit("station.release_noticed", made.reservoir, me.name, {});
          return made;
        }
        if (verb === "cancel") held.state = "cancelled";
        if (verb === "communes") {
          const one = held.communes.find((each) => each.area === area);
          one.steps = { ...one.steps, [step]: { by: body.name, at: iso(Date.now()), channel: body.channel } };
          if (step === "bank_clear") one.late = false;
        }
        if (verb === "parties") held.parties.find((each) => each.body === area).told_at = iso(Date.now());
        emit("station.release_step", held.reservoir, me.name, {});
        return head(held);
      }
      case "DELETE releases": {
        const held = find(releases, id);
        if (verb === "parties") held.parties.find((each) => each.body === area).told_at = null;
        else held.communes.find((each) => each.area === area).steps[step] = null;
        emit("station.release_step_undone", held.reservoir, me.name, {});
        return head(held);
      }
      case "PUT releases":
        Object.assign(find(releases, id), body, { version: find(releases, id).version + 1 });
        emit("station.release_updated", id, me.name, {});
        return find(releases, id);
      case "GET rain":
        return rain();
      case "GET fire":
        if (id === "danger") return danger(query.get("day") ?? dayOf(start));
        if (id === "bulletins") return { items: fireBulletins, next: null };
        if (id === "burnings") return { items: burnings, next: null };
        return {
          items: Array.from({ length: 7 }, (_, i) => ({
            key: `hs-${i}`,
            lon: 106.8 + i * 0.07,
            lat: 11.6 + ((i * 5) % 7) * 0.09,
            at: iso(start - i * 3 * HOUR),
            source: "VIIRS",
            satellite: "NOAA-20",
            confidence: i % 2 ? "nominal" : "high",
            frp_mw: 3.4 + i,
            area: riverside[i * 3],
            name: name(riverside[i * 3]),
            verdict: i % 3 === 0 ? "inside" : "listed",
            level: i % 3 === 0 ? 2 : 0,
            reasons: [],
            incident: null,
          })),
          next: null,
        };
      case "POST fire": {
        if (id === "burnings" && verb === undefined) {
          burnings.unshift({
            ...burnings[0],
            ...body,
            id: `bur-${burnings.length + 1}`,
            name: name(body.area),
            ended_at: null,
          });
          return burnings[0];
        }
        if (id === "burnings") {
          Object.assign(find(burnings, verb), { state: "ended", ended_at: iso(Date.now()) });
          return find(burnings, verb);
        }
        const bulletin = find(fireBulletins, verb);
        if (area === "sign")
          Object.assign(bulletin, {
            state: "signed",
            signed_by: me.display_name,
            signed_at: iso(Date.now()),
          });
        if (area === "send") Object.assign(bulletin, { state: "sent", sent_at: iso(Date.now()) });
        if (area === "acknowledge")
          bulletin.recipients.find((each) => each.recipient === body.recipient).acknowledged_at = iso(
            Date.now(),
          );
        return bulletin;
      }
      case "GET bulletins":
        return { items: bulletins, next: null };
      case "POST bulletins": {
        if (verb === "close") {
          find(bulletins, id).state = "closed";
          return find(bulletins, id);
        }
        if (verb === "supersede") find(bulletins, id).state = "superseded";
        if (verb === "file") return {};
        const made = {
          ...body,
          id: `bul-${bulletins.length + 1}`,
          state: "current",
          mismatch: null,
          incident: null,
        };
        bulletins.unshift(made);
        return made;
      }
      case "GET impacts":
        return query.get("level") === "bd3"
          ? {
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
                {
                  kind: "ford",
                  name: "Ngầm Suối Rạt",
                  area: "25240",
                  households: null,
                  people: null,
                  source: "demo",
                  date: "2024-10-05",
                },
                {
                  kind: "shelter",
                  name: "Trường TH Bình Tân",
                  area: "25240",
                  households: null,
                  people: 400,
                  source: "demo",
                  date: "2024-10-05",
                },
              ],
              whole_commune: false,
            }
          : { items: [], whole_commune: true };
      case "GET epidemic":
        return {
          items: [
            {
              area: riverside[3],
              name: name(riverside[3]),
              disease: "dengue",
              day: dayOf(start),
              week: null,
              silent: null,
              count: 14,
              baseline: 3.2,
              threshold: 9.6,
              method: "c2",
              level: 2,
              reasons: [],
            },
            {
              area: riverside[8],
              name: name(riverside[8]),
              disease: "dengue",
              day: null,
              week: "2026-W47",
              silent: null,
              count: 6,
              baseline: 5,
              threshold: 11,
              method: "channel",
              level: 0,
              reasons: [],
            },
          ],
          next: null,
        };
    }
    return undefined;
  };
}

function dayOf(ms) {
  return iso(ms + 7 * HOUR).slice(0, 10);
}
