/** Shapes of the routes for instruments, water, fire, bulletins and what floods next. Times are ISO 8601 in UTC. */
import type { Coded, Level, LocalText, Params } from "./types";

export type HealthState = "online" | "late" | "silent" | "maintenance" | "unknown";

export interface Health {
  state: HealthState;
  last_seen_at: string | null;
  interval_s?: number | null;
  battery_v?: number | null;
  battery_pct?: number | null;
  rssi?: number | null;
  snr?: number | null;
  gateway?: string | null;
  /** `high`: it went silent while its water or its weather is dangerous. */
  ticket?: { id: string; kind: string; priority?: string } | null;
}

export interface Quality {
  flag: "good" | "suspect" | "bad";
  codes: (string | Coded)[];
}

export interface Forecast {
  property: string;
  made_at: string | null;
  model: Coded | string | null;
  trained_on: { from: string; to: string; samples: number; events: number } | null;
  /** Why nothing is forecast; null while something is. */
  silent: Coded | null;
  points: { at: string; low: number; likely: number; high: number }[];
  times: {
    threshold: string;
    /** Already there. */
    reached?: boolean;
    earliest: string | null;
    likely: string | null;
    latest: string | null;
  }[];
  coverage: number | null;
}

export interface Neighbour {
  id: string;
  name: string;
  kind: string;
  relation: Coded | null;
}

export interface ImpactItem {
  kind: string;
  name: string;
  area: string | null;
  households?: number | null;
  people?: number | null;
  source: string | null;
  date: string | null;
  level?: string | null;
  area_name?: string | null;
  note?: string | null;
}

export interface Impacts {
  items: ImpactItem[];
  /** Nobody entered what floods here: the whole commune is meant. */
  whole_commune: boolean;
  /** People at risk by the entries now hit; null where nobody counted. */
  people?: number | null;
  /** What the next level of each gauge adds, and when it may come at the present rate. */
  next?: { station: string; level: string; at: string | null; items: ImpactItem[] }[];
}

export interface Proposal {
  id: string;
  kind: string;
  add: number;
  to: number;
  reasons: Coded[];
  state: "open" | "accepted" | "rejected" | string;
  answered_by?: string | null;
  answered_at?: string | null;
}

export interface RainStation {
  station: string;
  name: string;
  lon: number | null;
  lat: number | null;
  area: string | null;
  windows: Record<string, number | null>;
  /** Minutes without data by window; what is missing makes the sum unknown, never smaller. */
  missing: Record<string, number>;
  /** What is known of each window all the same. */
  at_least?: Record<string, number>;
  antecedent_mm: number | null;
  band: Coded | null;
  level: Level;
}

export interface RainArea {
  area: string;
  name: string;
  susceptibility: "low" | "medium" | "high" | null;
  source: string | null;
  max_24h_mm: number | null;
  /** Minutes missing in that sum, which then is a least. */
  missing_min?: number | null;
  level: Level | null;
}

export interface Rain {
  at: string;
  windows_h: number[];
  rain_day_start_hour: number | null;
  items: RainStation[];
  areas: RainArea[];
}

export interface ReservoirCheck {
  code: string;
  params?: Params | null;
  level?: Level | null;
  since?: string | null;
}

export interface Reservoir {
  id: string;
  name: string;
  area: string | null;
  lon: number | null;
  lat: number | null;
  river: string | null;
  chainage_km: number | null;
  normal_level_m: number | null;
  dead_level_m: number | null;
  capacity_hm3: number | null;
  /** By property: a bare number or a reading. */
  latest: Record<string, ReservoirValue>;
  total_m3s: number | null;
  checks: ReservoirCheck[];
  releases: string[];
  sources?: Record<string, string>;
  demo?: boolean;
  past_checks?: (ReservoirCheck & { ended_at: string })[];
}

export type ReservoirValue = number | null | { value: number | null; observed_at?: string; quality?: string };

export type StepName = "received" | "hamlets_told" | "bank_clear";

export interface Step {
  by: string;
  at: string;
  channel: string;
}

export interface ReleaseCommune {
  area: string;
  name: string | null;
  phone: string | null;
  chainage_km: number | null;
  earliest_at: string | null;
  likely_at: string | null;
  latest_at: string | null;
  /** Why no time can be computed. */
  why: Coded | null;
  notes: Coded[];
  /** A reservoir in between holds the water; nobody is called for this release. */
  held: boolean;
  source: string | null;
  steps: Record<StepName, Step | null>;
  /** When each step that is still owed is due. */
  due: Partial<Record<StepName, string>>;
  late: boolean;
  call_due_at: string | null;
  /** What is left of the release here at its highest. */
  peak: Peak | null;
}

export interface Peak {
  discharge_m3s: number;
  at: string;
  share: number | null;
}

/** A release as lists tell it. */
export interface ReleaseHead {
  id: string;
  reservoir: string;
  reservoir_name: string;
  notice: string;
  version: number;
  planned_at: string | null;
  until: string | null;
  discharge_m3s: number | null;
  spill_m3s: number | null;
  turbine_m3s: number | null;
  gates_open: number | null;
  reason: string | null;
  sent_at: string | null;
  /** When the first version was heard, and the newest. */
  received_at: string;
  updated_at: string;
  channel: string;
  state: "planned" | "running" | "ended" | "cancelled";
  late: boolean;
  notice_hours: number | null;
  required_hours: number | null;
  required_source: string | null;
  incident: string | null;
  first_earliest_at: string | null;
  counts: { communes: number; late: number } & Record<StepName, number>;
}

export interface Party {
  body: string;
  name: LocalText;
  kind: string;
  told_at: string | null;
  by: string | null;
}

export interface Release extends ReleaseHead {
  parties: Party[];
  communes: ReleaseCommune[];
  gauges: { station: string; name: string; chainage_km: number; peak: Peak | null }[];
  routing: Routing | null;
  versions: {
    version: number;
    heard_at: string;
    actor: string;
    planned_at: string | null;
    until: string | null;
    discharge_m3s: number | null;
    cancelled: boolean;
  }[];
  /** The texts and pictures that the notices were read from. */
  originals: { id: string; at: string; by: string; kind: string; media_type: string }[];
}

export interface Routing {
  method: string;
  base_m3s: number | null;
  lasts_h: number | null;
  reaches: {
    reach: string;
    from_km: number;
    to_km: number;
    k_h: number | null;
    x: number | null;
    source: string | null;
    travel_h: {
      earliest?: number | null;
      likely?: number | null;
      latest?: number | null;
      source?: string;
    } | null;
  }[];
}

/** A field read from a pasted or photographed notice, and the words it was read from. */
export interface ProposedField {
  value: string | number | null;
  /** The words of the notice it came from. */
  quote?: string | null;
  start?: number | null;
  end?: number | null;
  /** 0 to 1; how outright the notice says it. */
  confidence?: number | null;
  /** What is doubtful about it. */
  why?: Coded | null;
  /** Without a value: everything it may mean. */
  candidates?: string[];
}

export interface FireArea {
  area: string;
  name: string;
  level: 1 | 2 | 3 | 4 | 5 | null;
  p: number | null;
  fwi: Partial<Record<"ffmc" | "dmc" | "dc" | "isi" | "bui" | "fwi", number>> | null;
  station: string | null;
  distance_km: number | null;
  table: { id: string; source: string } | null;
  why: Coded | null;
  /** Our own level, where the announced one stands above it. */
  computed?: 1 | 2 | 3 | 4 | 5 | null;
  missed_days?: number | null;
  official?: FireOfficial | null;
  mismatch?: Coded | null;
}

export interface FireOfficial {
  bulletin: string;
  number: string;
  level: number;
  areas: string[] | null;
  valid_until: string | null;
}

export interface FireDanger {
  /** Null while nothing can be computed yet. */
  day: string | null;
  index: string;
  /** False: the pack has no table, so nothing is computed. */
  on?: boolean;
  fwi_constants: Record<string, unknown> | null;
  items: FireArea[];
  official: FireOfficial | null;
}

export interface FireBulletin {
  id: string;
  day: string;
  state: string;
  number?: string | number | null;
  version?: number;
  signed_by?: string | null;
  signed_at?: string | null;
  sent_at?: string | null;
  channels?: string[];
  decree?: string | null;
  articles?: string | null;
  signer?: { id: string; name: string } | null;
  not_computed?: number;
  text?: string;
  items?: { area: string; name: string | null; level: number; p?: number | null; mismatch?: Coded | null }[];
  owners?: { id: string; name: string; areas: string[]; level: number }[];
  recipients?: {
    recipient: string;
    kind: string;
    name: string | null;
    acknowledged_at: string | null;
    acknowledged_by: string | null;
    channel: string | null;
  }[];
}

export interface Burning {
  id: string;
  area: string;
  name: string | null;
  place: string;
  /** Who gave notice; null once forgotten. */
  person: string | null;
  phone: string | null;
  from: string;
  until: string;
  size_ha: number | null;
  danger: 1 | 2 | 3 | 4 | 5 | null;
  state: "notified" | "refused" | "ended" | string;
  flag: Coded | null;
  ended_at: string | null;
}

export interface Hotspot {
  key: string;
  lon: number;
  lat: number;
  at: string;
  source?: string | null;
  satellite?: string | null;
  confidence?: string | number | null;
  frp_mw?: number | null;
  area: string | null;
  name: string | null;
  verdict: string;
  level: number;
  reasons: Coded[];
  incident: string | null;
}

export interface Bulletin {
  id: string;
  number: string;
  issuer: string;
  hazard: string;
  official_level: number | null;
  areas: string[];
  issued_at: string;
  valid_until: string | null;
  next_due_at: string | null;
  text: string | null;
  file: string | { name?: string; type?: string } | null;
  state: string;
  mismatch: Coded | null;
  incident: string | null;
  incidents?: string[];
  version: number;
  overdue?: boolean;
}

export interface Device extends Health {
  station: string;
  name: string;
  kind: string;
  area: string | null;
  maintenance: { from: string | null; to: string | null; reason: string | null; by: string | null } | null;
  last_refusal: Refusal | null;
  credential: Credential | null;
}

/** What the broker refused a device last, in its own words. */
export interface Refusal {
  at: string;
  what: string;
  topic: string | null;
  address: string | null;
  count: number;
}

export interface Credential {
  username: string;
  issued_at: string | null;
  enforced: boolean;
  /** `lost`: the broker does not know it any more. */
  state?: string;
}

export interface Ticket {
  id: string;
  kind: string;
  station: string | null;
  gateway: string | null;
  subject: string;
  opened_at: string;
  closed_at: string | null;
  state: string;
  priority: string;
  reasons: Coded[];
}

export interface Gateway {
  id: string;
  name?: string;
  stations: string[];
  state: string;
  ticket: { id: string; kind: string } | null;
  credential: Credential | null;
  last_refusal: Refusal | null;
}

export interface Feed {
  id: string;
  name: LocalText;
  kind: string;
  /** The host it is asked of, or the folder. */
  from: string;
  via: string;
  interval_s: number;
  state: "good" | "late" | "failing" | "never" | "off";
  last_good_at: string | null;
  /** Seconds since the last good answer, by the wall clock. */
  age_s: number | null;
  /** The newest reading that it brought. */
  newest_at: string | null;
  failures: number;
  last_error: Coded | null;
  counts: Record<string, number>;
  missing: { station: string; property: string }[];
  unmapped: string[];
}

/** Shown once: the password of a station or a gateway. */
export interface IssuedCredential {
  username: string;
  password: string;
  enforced?: boolean;
  topic?: string;
  host?: string;
  port?: number;
}
