import { useMemo } from "react";
import { useStore } from "../state/store";
import { communes, districts } from "../state/world";

/** Names of areas by code; a code that this pack does not know is shown as it is. */
export function useAreaNames(codes: readonly string[]): string[] {
  const communeList = useStore(communes);
  const districtList = useStore(districts);
  return useMemo(() => {
    const names = new Map<string, string>();
    for (const list of [districtList, communeList]) {
      for (const { properties } of list?.features ?? []) names.set(properties.code, properties.name);
    }
    return codes.map((code) => names.get(code) ?? code);
  }, [codes, communeList, districtList]);
}
