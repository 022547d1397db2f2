/** Shapes of `/api/v1`, as the server sends them. Times are ISO 8601 strings in UTC. */
import type { Health, Impacts, Proposal, Quality } from "./hazards";

export type Level = 0 | 1 | 2 | 3 | 4 | 5;

export interface LocalText {
  vi: string;
  en?: string | null;
}

/** A decision as data: the sentence is made in the viewer's language from the message catalogue. */
export interface Coded {
  code: string;
  params?: Params | null;
}

export type Params = Record<string, string | number | boolean | null | undefined>;

export type IncidentState = "new" | "acknowledged" | "responding" | "contained" | "closed";

export type Outcome = "resolved" | "false_alarm" | "duplicate" | "exercise" | "cancelled" | "transferred";

export interface RiskReference {
  level: number | null;
  wording_code: string;
  params?: Params;
}

export interface Incident {
  id: string;
  number: string | number;
  hazard: string;
  /** Operational severity now, our own scale. */
  level: Level;
  peak_level: Level;
  official_level?: number | null;
  risk_reference?: RiskReference | null;
  state: IncidentState;
  outcome?: Outcome | null;
  title: LocalText;
  area: string | null;
  area_name: string | null;
  station?: string | null;
  lon: number | null;
  lat: number | null;
  observed_at: string;
  decided_at: string;
  opened_at: string;
  stood_down_at?: string | null;
  acknowledged_by?: string | null;
  acknowledged_at?: string | null;
  assigned_to?: string | null;
  version: number;
  evidence_count: number;
  drill: boolean;
}

export interface Evidence {
  id: string;
  source: "station" | "call" | "sighting" | "notice" | "feed" | "person";
  ref: string | null;
  observed_at: string;
  weight: number | null;
  reasons: Coded[];
  detached: boolean;
}

export interface TimelineEntry {
  seq: number;
  at: string;
  kind: string;
  actor: string | null;
  params: Params;
  onset?: string | null;
  decided_by?: string | null;
}

export interface Task {
  id: string;
  state: string;
  kind: string;
  params?: Params;
  due_at: string | null;
}

export interface IncidentDetail extends Incident {
  evidence: Evidence[];
  timeline: TimelineEntry[];
  units: unknown[];
  warnings: { id: string; state: WarningState; number?: string | number }[];
  tasks: Task[];
  impacts?: Impacts | null;
  proposals?: Proposal[];
}

export type Threshold = "bd1" | "bd2" | "bd3";

export interface Reading {
  value: number;
  observed_at: string;
  received_at: string;
  quality: string;
}

export interface Station {
  id: string;
  name: string;
  kind: string;
  lon: number | null;
  lat: number | null;
  area: string | null;
  river?: string | null;
  chainage_km?: number | null;
  thresholds: Partial<Record<Threshold, number | null>> | null;
  rules: Record<string, number | string | null>;
  demo: boolean;
  sources?: Record<string, string> | null;
  latest: Record<string, Reading>;
  status: "online" | "offline" | "unknown";
  hazard_state?: {
    level: Level;
    alarm: Threshold | null;
    rise_m_per_h: number | null;
    next: { threshold: Threshold; eta_s: number | null } | null;
  } | null;
  health?: Health | null;
  /** By property, what quality control says of the newest reading. */
  quality?: Record<string, Quality>;
  version: number;
}

export interface Observation {
  property: string;
  observed_at: string;
  received_at?: string;
  value?: number;
  quality?: string;
  /** What quality control found: codes of `quality.<code>`. */
  flags?: string[];
  min?: number;
  max?: number;
  avg?: number;
  n?: number;
}

export type WarningState =
  | "draft"
  | "submitted"
  | "approved"
  | "sending"
  | "sent"
  | "cancelled"
  | "expired"
  | "rejected";

export interface SegmentCount {
  encoding: string;
  units: number;
  segments: number;
}

export interface Check {
  code: string;
  ok: boolean;
  /** While not ok, the warning cannot be submitted. */
  blocking?: boolean;
  params?: Params;
}

export interface WarningCounts {
  queued: number;
  sending: number;
  sent: number;
  delivered: number;
  failed: number;
  unknown: number;
  expired: number;
}

export interface Warning {
  id: string;
  number: string | number;
  incident: string | null;
  level: Level;
  hazard: string;
  state: WarningState;
  version: number;
  text: { vi: string; vi_plain: string; en: string | null };
  areas: string[];
  expires_at: string;
  drafted_by: string;
  drafted_at: string;
  submitted_by: string | null;
  submitted_at: string | null;
  approved_by: string | null;
  approved_at: string | null;
  rejected_reason: string | null;
  audience: { count: number; excluded: { code: string; count: number }[] };
  segments: { vi: SegmentCount; vi_plain: SegmentCount };
  checks: Check[];
  sender: string;
  counts: WarningCounts;
  eta_s: number | null;
  /** Everybody who wrote any of its words; none of them may approve. */
  authors?: string[];
  drill?: boolean;
}

export interface Me {
  name: string;
  display_name: string;
  role: string;
  mode: "live" | "exercise";
  clock: "wall" | "data";
  now: string;
  demo: boolean;
}

export interface Pack {
  id: string;
  title: LocalText;
  demo: boolean;
  bounds: [number, number, number, number] | null;
  sender: LocalText | null;
  bodies: { id: string; name: LocalText; role: string }[];
  hazards: Record<string, { name: LocalText }>;
  schematic: boolean;
  attributions: string[];
  valid_from: string | null;
  /** Names of rivers by id. */
  rivers?: Record<string, LocalText>;
}

export interface SystemStatus {
  now: string;
  clock: "wall" | "data";
  mode: "live" | "exercise";
  seq: number;
  /** `late`: heard before, silent now; `unknown`: never heard. */
  sensors: { total: number; online: number; late: number; unknown?: number; quarantined_24h: number };
  broker: { kind: string; connected: boolean; enforced: boolean };
  sms: { provider: string; queued: number; failed_24h: number; rate_per_s: number };
  journal: { seq: number; verified_at: string | null; ok: boolean | null };
  database: string;
  alarms_10min: number;
}

export interface AreaProperties {
  code: string;
  name: string;
  kind: "commune" | "district" | "province";
  parent: string | null;
  schematic: boolean;
  label: [number, number] | null;
  level: Level | null;
  incidents: number;
}

export interface WaterProperties {
  kind: "river" | "reservoir" | "dam";
  id: string;
  name: string;
  schematic?: boolean;
  attribution?: string;
}

export interface PhoneMessage {
  id: string;
  to: string;
  from: string;
  body: string;
  at: string;
  warning: string | null;
  segments: number;
}

export interface Page<T> {
  items: T[];
  next: string | null;
}

export interface Problem {
  type?: string;
  title?: string;
  status: number;
  code: string;
  detail?: string;
  params?: Params;
  current?: unknown;
}
