/** The part of time a chart shows: the last hours, or from one moment to another. */
export type Span = { hours: number } | { fromMs: number; toMs: number };

export const RANGES = [6, 24, 48, 168] as const;

/** `24h`, or `1795000000..1795080000` (s). Null for anything else. */
export function parseSpan(text: string | null): Span | null {
  const hours = /^(\d{1,4})h$/.exec(text ?? "");
  if (hours !== null) return Number(hours[1]) > 0 ? { hours: Number(hours[1]) } : null;
  const ends = /^(\d{9,11})\.\.(\d{9,11})$/.exec(text ?? "");
  if (ends === null) return null;
  const [fromMs, toMs] = [Number(ends[1]) * 1000, Number(ends[2]) * 1000];
  return fromMs < toMs ? { fromMs, toMs } : null;
}

export function spanText(span: Span): string {
  return "hours" in span
    ? `${span.hours}h`
    : `${Math.floor(span.fromMs / 1000)}..${Math.floor(span.toMs / 1000)}`;
}

export function spanHours(span: Span): number {
  return "hours" in span ? span.hours : (span.toMs - span.fromMs) / 3_600_000;
}
