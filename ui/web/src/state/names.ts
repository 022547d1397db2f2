import { useMemo } from "react";
import { useStore } from "./store";
import { communes, districts, stations } from "./world";

/** Names of stations and areas by their id or code, for sentences that carry the bare id. */
export function useNames(): (id: string) => string | undefined {
  const stationMap = useStore(stations, (s) => s.byId);
  const communeList = useStore(communes);
  const districtList = useStore(districts);
  const areaNames = useMemo(() => {
    const names = new Map<string, string>();
    for (const list of [districtList, communeList]) {
      for (const { properties } of list?.features ?? []) names.set(properties.code, properties.name);
    }
    return names;
  }, [communeList, districtList]);
  return useMemo(() => (id) => stationMap.get(id)?.name ?? areaNames.get(id), [stationMap, areaNames]);
}
