import type {
  Release,
  ReleaseCommune,
  ReleaseHead,
  Reservoir,
  ReservoirValue,
  StepName,
} from "../api/hazards";

export const STEPS: readonly StepName[] = ["received", "hamlets_told", "bank_clear"];

/** The ways a commune says that a step is done. */
export const CHANNELS = ["phone", "zalo", "sms", "radio", "visit", "app", "other"] as const;
export type Channel = (typeof CHANNELS)[number];

/** A figure of a reservoir, whether it came bare or with its time. */
export function figure(value: ReservoirValue | undefined): number | null {
  if (value === null || value === undefined) return null;
  return typeof value === "number" ? value : value.value;
}

export function observedAt(reservoir: Reservoir): string | null {
  const moments = Object.values(reservoir.latest).flatMap((value) =>
    value !== null && typeof value === "object" && value.observed_at !== undefined ? [value.observed_at] : [],
  );
  return moments.sort().at(-1) ?? null;
}

/** Communes that wait for the water, in the order it may reach them; where that cannot be computed: first, now. */
export function downstream(release: Release): ReleaseCommune[] {
  const at = (commune: ReleaseCommune) =>
    commune.earliest_at === null ? 0 : Date.parse(commune.earliest_at);
  return release.communes.filter((each) => !each.held).sort((a, b) => at(a) - at(b));
}

export function isOpenRelease(release: ReleaseHead): boolean {
  return release.state === "planned" || release.state === "running";
}

/** The step a commune still owes, null when its riverbank is clear. */
export function owedStep(commune: ReleaseCommune): StepName | null {
  if (commune.steps.bank_clear) return null;
  return STEPS.find((step) => !commune.steps[step]) ?? null;
}

/** The span of time that the bars of all communes share, ms; null when none can be computed. */
export function clockSpan(release: Release, nowMs: number): { fromMs: number; toMs: number } | null {
  const ends = downstream(release).flatMap((each) =>
    [each.earliest_at, each.likely_at, each.latest_at].flatMap((iso) =>
      iso === null ? [] : [Date.parse(iso)],
    ),
  );
  if (ends.length === 0) return null;
  const begin = Math.min(...(release.planned_at === null ? [] : [Date.parse(release.planned_at)]), ...ends);
  const fromMs = Math.min(begin, Math.max(nowMs, begin - 3_600_000));
  const toMs = Math.max(...ends);
  return { fromMs, toMs: Math.max(toMs + (toMs - fromMs) * 0.04, fromMs + 600_000) };
}
