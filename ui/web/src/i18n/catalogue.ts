import en from "@messages/en.json";
import vi from "@messages/vi.json";

/** The one catalogue of the whole product, shared with the server. */
export type Language = "vi" | "en";
export type MessageKey = keyof typeof vi;

export const CATALOGUES: Record<Language, Readonly<Record<string, string>>> = { vi, en };

export const PLACEHOLDER = /\{\{(\w+)\}\}/g;

export type MessageParams = Record<string, string | number | boolean | null | undefined>;

/**
 * The text of a key. With a numeric `count` the forms `<key>_one` and `<key>_other` are tried first. A key that
 * the catalogue does not have gives null, so that the caller decides what an unknown code looks like.
 */
export function lookUp(
  language: Language,
  key: string,
  params: MessageParams = {},
  showNumber: (value: number) => string = String,
): string | null {
  const catalogue = CATALOGUES[language];
  const { count } = params;
  const plural = typeof count === "number" ? catalogue[`${key}_${count === 1 ? "one" : "other"}`] : undefined;
  const template = plural ?? catalogue[key];
  if (template === undefined) return null;
  return template.replace(PLACEHOLDER, (whole, name: string) => {
    const value = params[name];
    if (value === undefined || value === null) return whole;
    return typeof value === "number" ? showNumber(value) : String(value);
  });
}
