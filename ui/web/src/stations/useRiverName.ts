import { useT } from "../i18n";
import { useStore } from "../state/store";
import { pack } from "../state/world";

/** The name of a river by its id; an id that the pack does not name is shown as it is. */
export function useRiverName(id: string | null | undefined): string | null {
  const t = useT();
  const rivers = useStore(pack, (p) => p?.rivers);
  if (id === null || id === undefined || id === "") return null;
  const name = rivers?.[id];
  return name === undefined ? id : t.local(name);
}
