import type { LocalText } from "../api/types";
import { preferences } from "../prefs/preferences";
import { useStore } from "../state/store";
import { type Language, lookUp, type MessageKey, type MessageParams } from "./catalogue";

type Base<K extends string> = K extends `${infer B}_one` | `${infer B}_other` ? B : never;
/** A key as it is asked for: as written, or without its plural ending. */
export type TextKey = MessageKey | Base<MessageKey>;

export interface Translator {
  language: Language;
  /** Text of a key that is checked when the page is built. */
  (key: TextKey, params?: MessageParams): string;
  /** Text of a code that came from the server; an unknown code is shown as it is rather than hidden. */
  code(key: string, params?: MessageParams | null): string;
  /** Like `code`, null when the catalogue has nothing. */
  maybe(key: string, params?: MessageParams | null): string | null;
  /** The viewer's language of a text that has several. */
  local(text: LocalText): string;
  /** A number with the separators of the language. */
  number(value: number, digits?: number): string;
}

const formats = new Map<string, Intl.NumberFormat>();

function numberFormat(language: Language, digits: number | undefined): Intl.NumberFormat {
  const id = `${language}:${digits}`;
  let format = formats.get(id);
  if (format === undefined) {
    format = new Intl.NumberFormat(language === "vi" ? "vi-VN" : "en-GB", {
      minimumFractionDigits: digits ?? 0,
      maximumFractionDigits: digits ?? 3,
    });
    formats.set(id, format);
  }
  return format;
}

function makeTranslator(language: Language): Translator {
  const showNumber = (value: number) => numberFormat(language, undefined).format(value);
  const maybe = (key: string, params?: MessageParams | null) =>
    lookUp(language, key, params ?? {}, showNumber);
  const text = (key: string, params?: MessageParams) => maybe(key, params) ?? key;
  return Object.assign(text, {
    language,
    code: (key: string, params?: MessageParams | null) => text(key, params ?? {}),
    maybe,
    local: (value: LocalText) => (language === "vi" ? value.vi : value.en || value.vi),
    number: (value: number, digits?: number) => numberFormat(language, digits).format(value),
  }) as Translator;
}

const translators: Record<Language, Translator> = { vi: makeTranslator("vi"), en: makeTranslator("en") };

export function translatorOf(language: Language): Translator {
  return translators[language];
}

/** The translator of the viewer's language; components using it render again when the language changes. */
export function useT(): Translator {
  return translators[useStore(preferences, (p) => p.language)];
}
