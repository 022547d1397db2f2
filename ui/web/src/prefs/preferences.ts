import type { Language } from "../i18n/catalogue";
import { createStore } from "../state/store";

/** What a person sets for this workstation; kept in the browser, never on the server. */
export interface Preferences {
  language: Language;
  theme: "dark" | "light";
  /** Single-letter shortcuts; WCAG 2.1.4 asks that they can be switched off. */
  letterKeys: boolean;
  /** 0-100 */
  volume: number;
  /** A person may silence this workstation; the page says so for as long as it lasts. */
  muted: boolean;
}

const KEY = "eoc.preferences";

const DEFAULTS: Preferences = { language: "vi", theme: "dark", letterKeys: true, volume: 70, muted: false };

function read(): Preferences {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    if (stored === null || typeof stored !== "object") return DEFAULTS;
    const p = stored as Partial<Preferences>;
    return {
      language: p.language === "en" ? "en" : "vi",
      theme: p.theme === "light" ? "light" : "dark",
      letterKeys: p.letterKeys !== false,
      volume: typeof p.volume === "number" && p.volume >= 0 && p.volume <= 100 ? p.volume : DEFAULTS.volume,
      muted: p.muted === true,
    };
  } catch {
    return DEFAULTS;
  }
}

export const preferences = createStore<Preferences>(DEFAULTS);

function apply(p: Preferences): void {
  document.documentElement.lang = p.language;
  document.documentElement.dataset.theme = p.theme;
}

/** Reads what was kept and puts language and theme on the page; called once, before the first render. */
export function startPreferences(): void {
  preferences.set(read());
  apply(preferences.get());
}

export function setPreference<K extends keyof Preferences>(key: K, value: Preferences[K]): void {
  preferences.set({ ...preferences.get(), [key]: value });
  apply(preferences.get());
  try {
    localStorage.setItem(KEY, JSON.stringify(preferences.get()));
  } catch {
    // Private windows may refuse storage: the choice then lasts until the page is closed.
  }
  preferences.flush();
}
