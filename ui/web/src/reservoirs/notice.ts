import type { ProposedField, Release } from "../api/hazards";

/** A notice as it is typed; numbers stay text until they are sent, moments are ms or null while they are none. */
export interface NoticeForm {
  reservoir: string;
  notice: string;
  planned_at: number | null;
  until: number | null;
  discharge_m3s: string;
  gates_open: string;
  reason: string;
  sent_at: number | null;
  received_at: number | null;
}

export const FIELDS = [
  "reservoir",
  "notice",
  "planned_at",
  "until",
  "discharge_m3s",
  "gates_open",
  "reason",
  "sent_at",
  "received_at",
] as const satisfies readonly (keyof NoticeForm)[];

const MOMENTS = ["planned_at", "until", "sent_at", "received_at"] as const;

const ms = (iso: string | null | undefined): number | null => {
  const found = iso === null || iso === undefined ? Number.NaN : Date.parse(iso);
  return Number.isNaN(found) ? null : found;
};

export function blankNotice(reservoir: string | null, nowMs: number): NoticeForm {
  return {
    reservoir: reservoir ?? "",
    notice: "",
    planned_at: null,
    until: null,
    discharge_m3s: "",
    gates_open: "",
    reason: "",
    sent_at: null,
    received_at: nowMs,
  };
}

export function noticeOf(release: Release, nowMs: number): NoticeForm {
  return {
    reservoir: release.reservoir,
    notice: release.notice === null ? "" : String(release.notice),
    planned_at: ms(release.planned_at),
    until: ms(release.until),
    discharge_m3s: release.discharge_m3s === null ? "" : String(release.discharge_m3s),
    gates_open: release.gates_open === null ? "" : String(release.gates_open),
    reason: release.reason ?? "",
    sent_at: null,
    received_at: nowMs,
  };
}

/** The form with what was read from a text or a photo; everything else stays as it was. */
export function withProposals(form: NoticeForm, fields: Record<string, ProposedField>): NoticeForm {
  const next = { ...form };
  for (const name of FIELDS) {
    const value = fields[name]?.value;
    if (value === undefined || value === null) continue;
    if ((MOMENTS as readonly string[]).includes(name)) {
      const at = typeof value === "string" ? ms(value) : null;
      if (at !== null) Object.assign(next, { [name]: at });
    } else Object.assign(next, { [name]: String(value) });
  }
  return next;
}

/** A number as people here write it: "1.250,5" and "620" and "620.5" alike; null for what is none. */
export function numberOf(text: string): number | null {
  const clean = text.trim().replace(/\s/g, "");
  if (clean === "") return null;
  const vietnamese = /^\d{1,3}(\.\d{3})+(,\d+)?$/.test(clean) || /^\d+,\d+$/.test(clean);
  const found = Number(vietnamese ? clean.replace(/\./g, "").replace(",", ".") : clean);
  return Number.isFinite(found) && found >= 0 ? found : null;
}

export type Lack = "reservoir" | "planned_at" | "received_at" | "discharge_m3s" | "gates_open" | "until";

/** What still keeps a notice from being stored. */
export function lacks(form: NoticeForm): Lack[] {
  const found: Lack[] = [];
  if (form.reservoir === "") found.push("reservoir");
  if (form.planned_at === null) found.push("planned_at");
  if (form.received_at === null) found.push("received_at");
  if (form.discharge_m3s.trim() !== "" && numberOf(form.discharge_m3s) === null) found.push("discharge_m3s");
  const gates = numberOf(form.gates_open);
  if (form.gates_open.trim() !== "" && (gates === null || !Number.isInteger(gates))) found.push("gates_open");
  if (form.until !== null && form.planned_at !== null && form.until <= form.planned_at) found.push("until");
  return found;
}

export function bodyOf(form: NoticeForm, channel: string): Record<string, unknown> {
  const iso = (at: number | null) => (at === null ? null : new Date(at).toISOString());
  const text = (value: string) => {
    const clean = value.trim().normalize("NFC");
    return clean === "" ? null : clean;
  };
  return {
    reservoir: form.reservoir,
    notice: text(form.notice),
    planned_at: iso(form.planned_at),
    until: iso(form.until),
    discharge_m3s: numberOf(form.discharge_m3s),
    gates_open: numberOf(form.gates_open),
    reason: text(form.reason),
    sent_at: iso(form.sent_at),
    received_at: iso(form.received_at),
    channel,
  };
}
