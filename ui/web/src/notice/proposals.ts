import type { ProposedField } from "../api/hazards";
import type { Coded } from "../api/types";

/** What reading a notice proposes: fields by name, each with the words it was read from. */
export interface Proposals {
  text: string;
  fields: Record<string, ProposedField>;
  /** Names the kept original, so that the stored notice points to it. */
  readId: string | null;
  /** What the text is: a notice, an update, a cancellation; null when it says nothing of a release. */
  says: "notice" | "update" | "cancel" | null;
  /** How the letters of a photo were read, or why not. */
  ocr: Coded | null;
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

/** What the reader calls otherwise than the form. */
const NAMES: Record<string, string> = { number: "notice" };

/**
 * The answer of `/releases/read`. Its places count letters as Python does; here a letter outside the first plane (a
 * picture in a chat message) is two, so places are translated.
 */
export function proposalsOf(answer: unknown, given: string): Proposals {
  const body = (answer ?? {}) as {
    text?: string | null;
    fields?: Record<string, unknown>;
    read_id?: string;
    says?: Proposals["says"];
    ocr?: Coded | null;
  };
  const text = body.text ?? given;
  const at = placesIn(text);
  const fields: Record<string, ProposedField> = {};
  for (const [name, found] of Object.entries(body.fields ?? {})) {
    if (found === null || typeof found !== "object") continue;
    const field = found as ProposedField & { piece?: string };
    const { start, end } = field;
    fields[NAMES[name] ?? name] = {
      ...field,
      value: field.value ?? null,
      quote: field.quote ?? field.piece ?? null,
      start: typeof start === "number" ? (at[start] ?? null) : null,
      end: typeof end === "number" ? (at[end] ?? null) : null,
    };
  }
  return { text, fields, readId: body.read_id ?? null, says: body.says ?? null, ocr: body.ocr ?? null };
}

/** Where the n-th letter of a text begins, with one more for its end. */
function placesIn(text: string): number[] {
  const places = [0];
  for (const letter of text) places.push((places.at(-1) ?? 0) + letter.length);
  return places;
}
