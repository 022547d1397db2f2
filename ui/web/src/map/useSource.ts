import type { GeoJSON } from "geojson";
import type { GeoJSONSource, Map as MapLibre } from "maplibre-gl";
import { useEffect, useRef } from "react";
import { whenQuiet } from "../time/pace";

/**
 * Keeps a source of the map filled. What is the same as before is not handed over again: a reading twice a second
 * that changes no mark must not have the whole map drawn anew.
 */
export function useSource(
  map: MapLibre | null,
  name: string,
  make: () => GeoJSON,
  inputs: readonly unknown[],
): void {
  const given = useRef<{ map: MapLibre; text: string } | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `inputs` are what `make` reads
  useEffect(() => {
    if (map === null) return;
    return whenQuiet(() => {
      const data = make();
      const text = JSON.stringify(data);
      if (given.current?.map === map && given.current.text === text) return;
      given.current = { map, text };
      map.getSource<GeoJSONSource>(name)?.setData(data);
    });
  }, [map, name, ...inputs]);
}
