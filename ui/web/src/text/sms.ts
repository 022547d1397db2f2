/**
 * Segment arithmetic for the live counter while typing. The server counts again and its number is the one that
 * is charged and approved; a test holds both to the same published cases.
 *
 * GSM 03.38: 160 septets in one message, 153 per part of several; characters of the extension table cost two.
 * Anything outside makes the whole text UCS-2: 70 UTF-16 units in one message, 67 per part.
 */

export interface SmsSize {
  encoding: "GSM-7" | "UCS-2";
  units: number;
  segments: number;
}

const GSM_BASIC = new Set(
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà",
);
const GSM_EXTENDED = new Set("\f^{}\\[~]|€");

/** Units that no part boundary may cut: an escaped character or a surrogate pair stays whole. */
function parts(costs: number[], single: number, multi: number): number {
  const total = costs.reduce((sum, cost) => sum + cost, 0);
  if (total <= single) return total === 0 ? 0 : 1;
  let count = 1;
  let used = 0;
  for (const cost of costs) {
    if (used + cost > multi) {
      count += 1;
      used = 0;
    }
    used += cost;
  }
  return count;
}

export function smsSize(text: string): SmsSize {
  const characters = [...text.normalize("NFC")];
  const gsm = characters.every((c) => GSM_BASIC.has(c) || GSM_EXTENDED.has(c));
  const costs = characters.map((c) => (gsm ? (GSM_EXTENDED.has(c) ? 2 : 1) : c.length));
  const units = costs.reduce((sum, cost) => sum + cost, 0);
  return gsm
    ? { encoding: "GSM-7", units, segments: parts(costs, 160, 153) }
    : { encoding: "UCS-2", units, segments: parts(costs, 70, 67) };
}
