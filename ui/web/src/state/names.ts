import { useMemo } from "react";
import { useT } from "../i18n";
import { useStore } from "./store";
import { communes, districts, pack, stations } from "./world";

/** Names of stations, areas and hazards by their id or code, for sentences that carry the bare id. */
export function useNames(): (id: string) => string | undefined {
  const stationMap = useStore(stations, (s) => s.byId);
  const hazards = useStore(pack, (p) => p?.hazards);
  const t = useT();
  const communeList = useStore(communes);
  const districtList = useStore(districts);
  const areaNames = useMemo(() => {
    const names = new Map<string, string>();
    for (const list of [districtList, communeList]) {
      for (const { properties } of list?.features ?? []) names.set(properties.code, properties.name);
    }
    return names;
  }, [communeList, districtList]);
  return useMemo(() => {
    const nameOf = (id: string): string | undefined => {
      const hazard = hazards?.[id];
      const known = stationMap.get(id)?.name ?? areaNames.get(id);
      return known ?? (hazard === undefined ? undefined : t.local(hazard.name));
    };
    // A notice is called by its reservoir and its own number.
    return (id) => {
      const [whose = "", ...rest] = id.split("/");
      const owner = rest.length === 0 ? undefined : nameOf(whose);
      return nameOf(id) ?? (owner === undefined ? undefined : `${owner} · ${rest.join("/")}`);
    };
  }, [stationMap, areaNames, hazards, t]);
}
