import type { ProposedField } from "../api/hazards";

/** What reading a notice proposes: fields by name, each with the words it was read from. */
export interface Proposals {
  text: string;
  fields: Record<string, ProposedField>;
}

/** Where the words of a field stand in the notice; null when they do not (or no longer). */
function placeOf(text: string, field: ProposedField): { start: number; end: number } | null {
  const { start, end, quote } = field;
  if (typeof start === "number" && typeof end === "number" && start < end && end <= text.length)
    return { start, end };
  if (!quote) return null;
  const at = text.indexOf(quote);
  return at < 0 ? null : { start: at, end: at + quote.length };
}

export interface Piece {
  text: string;
  /** The fields read from these words; empty for the words between. */
  fields: string[];
}

/** The notice cut into words that fields were read from and the words between. Where two overlap, both names stand. */
export function cut(proposals: Proposals): Piece[] {
  const { text, fields } = proposals;
  const places = Object.entries(fields).flatMap(([name, field]) => {
    const place = placeOf(text, field);
    return place === null ? [] : [{ name, ...place }];
  });
  const edges = [...new Set([0, text.length, ...places.flatMap(({ start, end }) => [start, end])])].sort(
    (a, b) => a - b,
  );
  const pieces: Piece[] = [];
  for (let i = 1; i < edges.length; i += 1) {
    const [from = 0, to = 0] = [edges[i - 1], edges[i]];
    if (from === to) continue;
    const names = places.filter(({ start, end }) => start <= from && end >= to).map(({ name }) => name);
    pieces.push({ text: text.slice(from, to), fields: names });
  }
  return pieces;
}

export function quoteOf(proposals: Proposals, name: string): string | null {
  const field = proposals.fields[name];
  if (field === undefined) return null;
  if (field.quote) return field.quote;
  const place = placeOf(proposals.text, field);
  return place === null ? null : proposals.text.slice(place.start, place.end);
}

/** The answer of `/releases/read` in whatever of its forms: fields bare, or with the words they came from. */
export function proposalsOf(answer: unknown, text: string): Proposals {
  const body = (answer ?? {}) as { text?: string; fields?: Record<string, unknown> };
  const fields: Record<string, ProposedField> = {};
  for (const [name, value] of Object.entries(body.fields ?? {})) {
    if (value === null || value === undefined) continue;
    if (typeof value === "string" || typeof value === "number") fields[name] = { value };
    else if (typeof value === "object" && (value as ProposedField).value !== undefined) {
      const field = value as ProposedField;
      if (field.value !== null) fields[name] = field;
    }
  }
  return { text: body.text ?? text, fields };
}
