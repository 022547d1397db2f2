import type { Level } from "../api/types";
import { fold, matchRank } from "../text/fold";

export interface Searchable {
  kind: "incident" | "station" | "commune";
  id: string;
  name: string;
  /** Other words it is found by. */
  also: string;
  detail: string;
  level: Level | null;
}

export type Found = Searchable;

const AT_MOST = 10;
const KIND_ORDER = { incident: 0, commune: 1, station: 2 };

/** What matches, best first: by how well the name matches, then incidents before places before stations. */
export function find(all: readonly Searchable[], query: string): Found[] {
  const q = fold(query);
  if (q === "") return [];
  const ranked: { item: Searchable; rank: number }[] = [];
  for (const item of all) {
    const byName = matchRank(fold(item.name), q);
    const byOther = matchRank(fold(item.also), q);
    const rank = Math.min(byName ?? 99, byOther === null ? 99 : byOther + 4);
    if (rank < 99) ranked.push({ item, rank });
  }
  ranked.sort(
    (a, b) =>
      a.rank - b.rank ||
      KIND_ORDER[a.item.kind] - KIND_ORDER[b.item.kind] ||
      a.item.name.length - b.item.name.length ||
      (a.item.name < b.item.name ? -1 : 1),
  );
  return ranked.slice(0, AT_MOST).map(({ item }) => item);
}
