/**
 * Text reduced to what a search compares: no diacritics, đ as d, lower case, single spaces. Both the typed query
 * and the searched name go through it, so "bu gia map", "Bù Gia Mập" and its NFD form are one and the same.
 */
export function fold(text: string): string {
  return stripDiacritics(text).toLowerCase().replace(/\s+/g, " ").trim();
}

/** Vietnamese without diacritics, letter for letter: case and everything else is kept. */
export function stripDiacritics(text: string): string {
  return text
    .normalize("NFD")
    .replace(/[\u0300-\u036f]/g, "")
    .replace(/đ/g, "d")
    .replace(/Đ/g, "D")
    .normalize("NFC");
}

/** 0 best, higher is worse, null no match. A word start beats the middle of a word. */
export function matchRank(foldedName: string, foldedQuery: string): number | null {
  const at = foldedName.indexOf(foldedQuery);
  if (at === 0) return 0;
  if (at > 0) return foldedName[at - 1] === " " ? 1 : 3;
  const words = foldedQuery.split(" ");
  return words.length > 1 && words.every((word) => foldedName.includes(word)) ? 2 : null;
}
