import type { Translator } from "../i18n";
import { fold } from "../text/fold";

/** "dưới 1 phút", "8 phút", "2 giờ 46 phút". */
export function durationText(t: Translator, seconds: number): string {
  if (seconds < 60) return t("ui.duration.under_minute");
  const minutes = Math.ceil(seconds / 60);
  if (minutes < 60) return t("ui.duration.minutes", { n: minutes });
  return t("ui.duration.hours", { h: Math.floor(minutes / 60), m: minutes % 60 });
}

/**
 * Whether the typed words are the asked ones. Capitals, diacritics, spaces and the separators within the number
 * do not matter: somebody without a Vietnamese keyboard must be able to approve. The number itself does.
 */
export function confirms(typed: string, phrase: string): boolean {
  const plain = (text: string) => fold(text.replace(/(\d)[.,\s](?=\d)/g, "$1"));
  return plain(typed) !== "" && plain(typed) === plain(phrase);
}
