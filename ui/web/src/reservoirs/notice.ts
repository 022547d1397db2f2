import type { ProposedField, Release } from "../api/hazards";

/** A notice as it is typed; numbers stay text until they are sent, moments are ms or null while they are none. */
export interface NoticeForm {
  reservoir: string;
  notice: string;
  planned_at: number | null;
  until: number | null;
  discharge_m3s: string;
  spill_m3s: string;
  turbine_m3s: string;
  gates_open: string;
  reason: string;
  sent_at: number | null;
}

export const FIELDS = [
  "reservoir",
  "notice",
  "planned_at",
  "until",
  "discharge_m3s",
  "spill_m3s",
  "turbine_m3s",
  "gates_open",
  "reason",
  "sent_at",
] as const satisfies readonly (keyof NoticeForm)[];

const MOMENTS: readonly string[] = ["planned_at", "until", "sent_at"];
const FLOWS = ["discharge_m3s", "spill_m3s", "turbine_m3s"] as const;

const ms = (iso: string | null | undefined): number | null => {
  const found = iso === null || iso === undefined ? Number.NaN : Date.parse(iso);
  return Number.isNaN(found) ? null : found;
};

export function blankNotice(reservoir: string | null): NoticeForm {
  return {
    reservoir: reservoir ?? "",
    notice: "",
    planned_at: null,
    until: null,
    discharge_m3s: "",
    spill_m3s: "",
    turbine_m3s: "",
    gates_open: "",
    reason: "",
    sent_at: null,
  };
}

const shown = (value: number | null) => (value === null ? "" : String(value));

export function noticeOf(release: Release): NoticeForm {
  return {
    reservoir: release.reservoir,
    notice: release.notice,
    planned_at: ms(release.planned_at),
    until: ms(release.until),
    discharge_m3s: shown(release.discharge_m3s),
    spill_m3s: shown(release.spill_m3s),
    turbine_m3s: shown(release.turbine_m3s),
    gates_open: shown(release.gates_open),
    reason: release.reason ?? "",
    sent_at: null,
  };
}

/** The form with what was read from a text or a photo; everything else stays as it was. */
export function withProposals(form: NoticeForm, fields: Record<string, ProposedField>): NoticeForm {
  const next = { ...form };
  for (const name of FIELDS) {
    const value = fields[name]?.value;
    if (value === undefined || value === null) continue;
    if (MOMENTS.includes(name)) {
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

export type Lack = "reservoir" | "planned_at" | "until" | "gates_open" | (typeof FLOWS)[number];

/** What still keeps a notice from being stored. */
export function lacks(form: NoticeForm): Lack[] {
  const found: Lack[] = [];
  if (form.reservoir === "") found.push("reservoir");
  if (form.planned_at === null) found.push("planned_at");
  for (const flow of FLOWS) if (form[flow].trim() !== "" && numberOf(form[flow]) === null) found.push(flow);
  const gates = numberOf(form.gates_open);
  if (form.gates_open.trim() !== "" && (gates === null || gates > 200)) found.push("gates_open");
  if (form.until !== null && form.planned_at !== null && form.until <= form.planned_at) found.push("until");
  return found;
}

/** What is sent: only what is known. `readId` names the text or photo that a person has checked this against. */
export function bodyOf(form: NoticeForm, readId: string | null): Record<string, unknown> {
  const iso = (at: number | null) => (at === null ? null : new Date(at).toISOString());
  const reason = form.reason.trim().normalize("NFC");
  return {
    planned_at: iso(form.planned_at),
    until: iso(form.until),
    discharge_m3s: numberOf(form.discharge_m3s),
    spill_m3s: numberOf(form.spill_m3s),
    turbine_m3s: numberOf(form.turbine_m3s),
    gates_open: numberOf(form.gates_open),
    reason: reason === "" ? null : reason,
    sent_at: iso(form.sent_at),
    read_id: readId,
  };
}
