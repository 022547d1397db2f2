/**
 * A stand-in for the server, for work on the pages: `npm run mock`, then `npm run dev` or the built pages on the
 * same port. It answers the routes that the pages use, in the shapes of the public contract, with invented data and
 * none of the rules. Node's own modules only.
 *
 *   node dev/mock-server.mjs [--port 8099] [--empty]
 *
 * `POST /__mock/incidents` (fields of a case) opens one, `POST /__mock/flood {"n":300,"seconds":60}` opens many,
 * `POST /__mock/cut {"seconds":20}` closes every live connection and refuses new ones, `POST /__mock/skip` loses an
 * event on purpose. Passwords: anything but "wrong".
 */
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { makeHazards } from "./mock-hazards.mjs";
import { accept } from "./mock-websocket.mjs";
import {
  describe,
  firstIncidents,
  firstWarnings,
  loadPlaces,
  makeIncident,
  makeStations,
  makeWarning,
  refreshStations,
  seriesOf,
} from "./mock-world.mjs";

const argument = (name, otherwise) => {
  const at = process.argv.indexOf(`--${name}`);
  return at === -1 ? otherwise : process.argv[at + 1];
};
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const PORT = Number(argument("port", "8099"));
const EMPTY = process.argv.includes("--empty");
const PAGES = here("../../static/app/");
const CSP =
  "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; " +
  "worker-src 'self' blob:; connect-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";
const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
};

const started = Date.now();
const floodStart = started - 9 * 3_600_000;
const places = loadPlaces(process.env.EOC_MOCK_PACK ?? here("../../../packs/binh-phuoc/"));
const stations = makeStations();
const incidents = new Map((EMPTY ? [] : firstIncidents(started)).map((i) => [i.id, i]));
const warnings = new Map((EMPTY ? [] : firstWarnings(started)).map((w) => [w.id, w]));
const hazards = makeHazards(places, stations);
const messages = [];
const ACCOUNTS = {
  admin: "Quản trị hệ thống",
  operator: "Trực ban 1",
  operator2: "Trực ban 2",
  dispatcher: "Điều phối viên",
  supervisor: "Trưởng ca A",
  supervisor2: "Trưởng ca B",
  leader: "Lãnh đạo trực",
};

let seq = 4100;
let cutUntil = 0;
let skipNext = false;
const viewers = new Set();
const journal = [];

const iso = (ms = Date.now()) => new Date(ms).toISOString();
const open = () => [...incidents.values()].filter((i) => i.state !== "closed");
const summary = ({ evidence: _e, timeline: _t, units: _u, warnings: _w, tasks: _k, ...rest }) => rest;

function emit(kind, subject, actor, data = {}) {
  seq += 1;
  const event = { seq, at: iso(), kind, subject, actor, data, cause: {} };
  journal.push(event);
  const incident = incidents.get(kind.startsWith("incident.") ? subject : (data.incident ?? ""));
  incident?.timeline.push({ seq, at: event.at, kind, actor, params: data });
  for (const viewer of viewers) {
    if (skipNext) viewer.previous = event.seq;
    else deliver(viewer, event);
  }
  skipNext = false;
}

function deliver(viewer, event) {
  viewer.send({ type: "event", prev: viewer.previous, ...event });
  viewer.previous = event.seq;
}

for (const incident of [...incidents.values()].reverse()) {
  emit("incident.opened", incident.id, "system", { level: incident.level, number: incident.number });
  incident.timeline.at(-1).at = incident.opened_at;
  if (incident.acknowledged_at !== null) {
    emit("incident.acknowledged", incident.id, incident.acknowledged_by, {});
    incident.timeline.at(-1).at = incident.acknowledged_at;
  }
}
if (!EMPTY) {
  emit("incident.escalated", "inc-187", "system", { from: 3, to: 4 });
  emit("incident.noted", "inc-187", "operator", {
    text: "Đã gọi chủ tịch xã Long Bình, dân thôn 1 đang chuyển đồ.",
  });
}
refreshStations(stations, Date.now(), floodStart);
setInterval(() => {
  refreshStations(stations, Date.now(), floodStart);
  const items = stations
    .filter((s) => s.kind === "river")
    .map((s) => ({ station: s.id, latest: s.latest, level: s.hazard_state.level }));
  for (const viewer of viewers) viewer.send({ type: "observations", at: iso(), items });
}, 2000);
setInterval(() => {
  for (const viewer of viewers) viewer.send({ type: "ping", through: seq });
}, 5000);

function openCase(fields) {
  const number = 200 + incidents.size;
  const commune = places.areas[Math.floor(Math.random() * 111)];
  const [lon, lat] = commune?.properties.label ?? [106.9, 11.7];
  const incident = makeIncident(
    {
      id: `inc-${number}-${Math.random().toString(36).slice(2, 8)}`,
      number,
      level: 2,
      title: { vi: `Tín hiệu thử số ${number}`, en: `Test signal ${number}` },
      area: commune?.properties.code ?? null,
      area_name: commune?.properties.name ?? null,
      lon,
      lat,
      ...fields,
    },
    Date.now(),
  );
  incidents.set(incident.id, incident);
  emit("incident.opened", incident.id, "system", { level: incident.level, number });
  return incident;
}

class Problem extends Error {
  constructor(status, code, params = {}, extra = {}) {
    super(code);
    this.status = status;
    this.body = { type: "about:blank", title: code, status, code, params, ...extra };
  }
}

function found(map, id, code) {
  const item = map.get(id);
  if (item === undefined) throw new Problem(404, code, { id });
  return item;
}

function changeIncident(me, id, verb, body) {
  const incident = found(incidents, id, "not_found.incident");
  if (verb === "acknowledge" && incident.state !== "new") {
    throw new Problem(
      409,
      "conflict.already_acknowledged",
      { by: incident.acknowledged_by },
      { current: summary(incident) },
    );
  }
  if (body.expected_version !== incident.version) {
    throw new Problem(409, "conflict.version", { version: incident.version }, { current: summary(incident) });
  }
  incident.version += 1;
  if (verb === "acknowledge") {
    Object.assign(incident, { state: "acknowledged", acknowledged_by: me.name, acknowledged_at: iso() });
    emit("incident.acknowledged", id, me.name, { by: me.name });
  } else if (verb === "note") emit("incident.noted", id, me.name, { text: body.text });
  else if (verb === "close") {
    Object.assign(incident, { state: "closed", outcome: body.outcome });
    emit("incident.closed", id, me.name, { outcome: body.outcome, text: body.reason });
  } else throw new Problem(404, "http.404");
  return summary(incident);
}

function changeWarning(me, id, verb, body) {
  const warning = found(warnings, id, "not_found.warning");
  if (verb === "preview")
    return describe({ ...warning, ...body, text: warning.text }, body.text ?? warning.text);
  if (body.expected_version !== warning.version) {
    throw new Problem(409, "conflict.version", { version: warning.version }, { current: warning });
  }
  const step = (change, kind) => {
    const next = { ...warning, ...change, version: warning.version + 1 };
    warnings.set(id, next);
    const linked = incidents.get(next.incident ?? "")?.warnings.find((w) => w.id === id);
    if (linked !== undefined) linked.state = next.state;
    emit(`warning.${kind}`, id, me.name, { number: next.number, incident: next.incident });
    return next;
  };
  switch (verb) {
    case "submit":
      return step({ state: "submitted", submitted_by: me.name, submitted_at: iso() }, "submitted");
    case "cancel":
      return step({ state: "cancelled" }, "cancelled");
    case "reject":
      return step({ state: "rejected", rejected_reason: body.reason }, "rejected");
    case "approve": {
      if (warning.authors.includes(me.name) || warning.submitted_by === me.name)
        throw new Problem(403, "same_person", { by: me.name });
      if (body.confirm_count !== warning.audience.count)
        throw new Problem(409, "warning.count_differs", {}, { current: warning });
      const next = step({ state: "sending", approved_by: me.name, approved_at: iso() }, "approved");
      send(next);
      return next;
    }
  }
  throw new Problem(404, "http.404");
}

/** Sends in steps, as an operator would take it, with a few failures. */
function send(warning) {
  const { count } = warning.audience;
  let done = 0;
  const timer = setInterval(() => {
    done = Math.min(count, done + Math.ceil(count / 40));
    const failed = Math.floor(done * 0.006);
    const delivered = Math.floor(done * 0.55);
    const current = warnings.get(warning.id);
    warnings.set(warning.id, {
      ...current,
      state: done === count ? "sent" : "sending",
      version: current.version + (done === count ? 1 : 0),
      counts: {
        queued: count - done,
        sending: 0,
        sent: done - failed - delivered,
        delivered,
        failed,
        unknown: 0,
        expired: 0,
      },
      eta_s: done === count ? null : Math.ceil((count - done) / 60),
    });
    messages.unshift({
      id: `m-${messages.length}`,
      to: `+84 9•• ••• ${String(412 + ((messages.length * 37) % 500)).padStart(3, "0")}`,
      from: warning.sender,
      body: warning.text.vi_plain,
      at: iso(),
      warning: warning.id,
      segments: warning.segments.vi_plain.segments,
    });
    emit(done === count ? "warning.sent" : "warning.progress", warning.id, "system", {
      number: warning.number,
      incident: warning.incident,
    });
    if (done === count) clearInterval(timer);
  }, 400);
}

function areas(kind) {
  const byArea = new Map();
  for (const incident of open()) {
    const held = byArea.get(incident.area) ?? { level: 0, incidents: 0 };
    byArea.set(incident.area, { level: Math.max(held.level, incident.level), incidents: held.incidents + 1 });
  }
  const features = places.areas
    .filter((f) => kind === null || f.properties.kind === kind)
    .map((f) => ({
      ...f,
      // A few communes that no station covers, to see how "no data" looks.
      properties: {
        ...f.properties,
        level: f.properties.parent === "694" ? null : 0,
        ...byArea.get(f.properties.code),
      },
    }));
  return { type: "FeatureCollection", features };
}

const PACK = {
  id: "binh-phuoc",
  title: { vi: "EOC Bình Phước", en: "EOC Bình Phước" },
  demo: true,
  bounds: [106.3, 11.0, 107.5, 12.4],
  sender: { vi: "EOC-BPHUOC", en: "EOC-BPHUOC" },
  bodies: [],
  hazards: {
    river_flood: { name: { vi: "Lũ sông", en: "River flood" } },
    dam_release: { name: { vi: "Xả lũ hồ chứa", en: "Dam release" } },
    forest_fire: { name: { vi: "Cháy rừng", en: "Forest fire" } },
    traffic: { name: { vi: "Giao thông", en: "Traffic" } },
  },
  schematic: true,
  attributions: ["© OpenStreetMap (ODbL)", "GSHHG (LGPL)", "Natural Earth"],
  valid_from: "2024-01-01",
};

function route(me, method, path, query, body) {
  const hazard = hazards(me, method, path, query, body, emit);
  if (hazard !== undefined) return hazard;
  const [first, id, verb] = path.split("/").filter(Boolean).map(decodeURIComponent);
  if (method === "GET") {
    switch (first) {
      case "incidents":
        if (id !== undefined) return found(incidents, id, "not_found.incident");
        return {
          items: (query.get("state") === "open" ? open() : [...incidents.values()]).map(summary),
          next: null,
        };
      case "stations": {
        const byId = new Map(stations.map((s) => [s.id, s]));
        if (verb === "observations") {
          const gauge = found(byId, id, "not_found.station");
          const [from, to] = [
            Date.parse(query.get("from")),
            Math.min(Date.now(), Date.parse(query.get("to"))),
          ];
          return { items: gauge.kind === "river" ? seriesOf(gauge, from, to, floodStart) : [], next: null };
        }
        return id === undefined ? { items: stations, next: null } : found(byId, id, "not_found.station");
      }
      case "areas":
        return areas(query.get("kind"));
      case "waters":
        return { type: "FeatureCollection", features: places.waters };
      case "warnings":
        return id === undefined
          ? { items: [...warnings.values()], next: null }
          : found(warnings, id, "not_found.warning");
      case "providers":
        return { items: messages, next: null };
      case "system":
        return {
          now: iso(),
          server_time: iso(),
          clock: "wall",
          mode: "live",
          seq,
          sensors: { total: stations.length, online: 6, late: 1, unknown: 1, quarantined_24h: 3 },
          broker: { kind: "iotcore", connected: true, enforced: false },
          sms: { provider: "console", queued: 0, failed_24h: 0, rate_per_s: 60 },
          journal: { seq, verified_at: iso(started - 300_000), ok: true },
          database: "sqlite",
          alarms_10min: open().filter((i) => Date.now() - Date.parse(i.opened_at) < 600_000).length,
        };
    }
  }
  if (method === "POST" && first === "incidents") return changeIncident(me, id, verb, body);
  if (method === "POST" && first === "warnings" && id === "preview") {
    return describe({ ...body, counts: {} }, body.text);
  }
  if (method === "POST" && first === "warnings" && id === undefined) {
    const number = 42 + warnings.size;
    const fields = {
      ...body,
      id: `w-${number}`,
      number,
      state: "draft",
      version: 1,
      submitted_by: null,
      submitted_at: null,
    };
    const warning = makeWarning(
      { ...fields, text: body.text.vi, drafted_by: me.name, authors: [me.name], drafted_at: iso() },
      Date.now(),
    );
    warnings.set(warning.id, warning);
    incidents.get(body.incident ?? "")?.warnings.push({ id: warning.id, state: "draft", number });
    emit("warning.drafted", warning.id, me.name, { number, incident: body.incident });
    return warning;
  }
  if (method === "POST" && first === "warnings") return changeWarning(me, id, verb, body);
  if (method === "PUT" && first === "warnings") {
    const warning = found(warnings, id, "not_found.warning");
    if (body.expected_version !== warning.version)
      throw new Problem(409, "conflict.version", {}, { current: warning });
    const authors = [...new Set([...warning.authors, me.name])];
    const { text, expected_version: _v, ...rest } = body;
    const next = describe(
      { ...warning, ...rest, authors, state: "draft", version: warning.version + 1 },
      text,
    );
    warnings.set(id, next);
    emit("warning.edited", id, me.name, { number: next.number, incident: next.incident });
    return next;
  }
  throw new Problem(404, "http.404");
}

function whoami(request) {
  const name = /eoc_session=(\w+)/.exec(request.headers.cookie ?? "")?.[1];
  const display_name = ACCOUNTS[name];
  if (display_name === undefined) return null;
  const role = name.replace(/\d$/, "");
  return {
    name,
    display_name,
    role,
    mode: "live",
    clock: "wall",
    now: iso(),
    server_time: iso(),
    demo: true,
  };
}

function mockControl(path, body) {
  if (path === "/__mock/incidents") return openCase(body);
  if (path === "/__mock/flood") {
    const { n = 300, seconds = 60 } = body;
    let left = n;
    const timer = setInterval(
      () => {
        openCase({ level: 1 + Math.floor(Math.random() * 3) });
        left -= 1;
        if (left === 0) clearInterval(timer);
      },
      (seconds * 1000) / n,
    );
    return { n };
  }
  if (path === "/__mock/cut") {
    cutUntil = Date.now() + (body.seconds ?? 20) * 1000;
    for (const viewer of viewers) viewer.close(1001);
    return {};
  }
  if (path === "/__mock/skip") {
    skipNext = true;
    return {};
  }
  throw new Problem(404, "http.404");
}

function servePage(response, path) {
  const wanted = normalize(join(PAGES, path));
  const file =
    wanted.startsWith(PAGES) && extname(wanted) !== "" && existsSync(wanted)
      ? wanted
      : join(PAGES, "index.html");
  if (!existsSync(file)) {
    response.writeHead(503).end("npm run build first");
    return;
  }
  response.writeHead(200, {
    "content-type": TYPES[extname(file)] ?? "application/octet-stream",
    "content-security-policy": CSP,
  });
  response.end(readFileSync(file));
}

const server = createServer(async (request, response) => {
  const url = new URL(request.url, "http://mock");
  const json = (status, value, headers = {}) => {
    response.writeHead(status, {
      "content-type": status < 400 ? "application/json" : "application/problem+json",
      "eoc-seq": String(seq),
      "cache-control": "no-store",
      ...headers,
    });
    response.end(value === undefined ? "" : JSON.stringify(value));
  };
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  try {
    const json_sent = (request.headers["content-type"] ?? "").startsWith("application/json");
    const body = chunks.length === 0 || !json_sent ? {} : JSON.parse(Buffer.concat(chunks).toString());
    if (url.pathname.startsWith("/__mock/")) return json(200, mockControl(url.pathname, body));
    if (!url.pathname.startsWith("/api/v1")) return servePage(response, url.pathname);
    if (Date.now() < cutUntil) return request.socket.destroy();
    const path = url.pathname.slice("/api/v1".length);
    if (path === "/auth/login") {
      if (ACCOUNTS[body.username] === undefined || body.password === "wrong")
        throw new Problem(401, "refused.login");
      request.headers.cookie = `eoc_session=${body.username}`;
      return json(200, whoami(request), {
        "set-cookie": `eoc_session=${body.username}; Path=/; HttpOnly; SameSite=Lax`,
      });
    }
    if (path === "/auth/logout") return json(200, {}, { "set-cookie": "eoc_session=; Path=/; Max-Age=0" });
    if (path === "/pack") return json(200, PACK);
    const me = whoami(request);
    if (me === null) throw new Problem(401, "refused.not_logged_in");
    if (path === "/auth/me") return json(200, me);
    return json(200, route(me, request.method, path, url.searchParams, body));
  } catch (error) {
    if (error instanceof Problem) return json(error.status, error.body);
    console.error(error);
    return json(500, { status: 500, code: "http.500" });
  }
});

server.on("upgrade", (request, socket) => {
  const url = new URL(request.url, "http://mock");
  if (url.pathname !== "/api/v1/live" || Date.now() < cutUntil || whoami(request) === null) {
    socket.destroy();
    return;
  }
  const viewer = accept(request, socket);
  const after = url.searchParams.get("after");
  viewer.previous = after === null ? seq : Number(after);
  viewer.send({ type: "hello", seq, server_time: iso() });
  if (after !== null)
    for (const event of journal.filter((e) => e.seq > Number(after))) deliver(viewer, event);
  viewers.add(viewer);
  viewer.onClose(() => viewers.delete(viewer));
});

server.listen(PORT, "127.0.0.1", () => console.log(`mock: http://127.0.0.1:${PORT}`));
