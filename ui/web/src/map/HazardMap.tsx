import type { GeoJSON } from "geojson";
import type { LayerSpecification, LngLatBoundsLike, Map as MapLibre } from "maplibre-gl";
import { type ReactNode, useEffect, useMemo, useRef, useState } from "react";
import type { Level } from "../api/types";
import { useT } from "../i18n";
import { preferences } from "../prefs/preferences";
import { useStore } from "../state/store";
import { communes, districts, pack, waters } from "../state/world";
import { areaLabels, boundsOf, EMPTY } from "./features";
import { MapControls } from "./MapControls";
import { openMap } from "./open";
import { type Palette, readPalette } from "./palette";
import { useSource } from "./useSource";

/** What one kind of hazard adds to the map: sources, layers in the order they are drawn, and pictures. */
export interface Overlay {
  sources: readonly string[];
  layers: (palette: Palette) => LayerSpecification[];
  pictures?: (map: MapLibre, palette: Palette) => void;
}

interface Props {
  title: string;
  overlay: Overlay;
  /** Level of each commune: null is hatched, absent is 0. */
  levels: ReadonlyMap<string, Level | null>;
  data: Readonly<Record<string, GeoJSON>>;
  selected: string | null;
  onArea: (code: string) => void;
  readout: (code: string) => ReactNode;
  legend: ReactNode;
}

const PAN_PX = 140;
/** Layers of the console's map that would lie over what this one shows. */
const NOT_HERE = ["stations", "station-names", "commune-names-alert", "incident-places"];

/** The province with a hazard by commune. Everything on it stands in the table beside it as well. */
export default function HazardMap({
  title,
  overlay,
  levels,
  data,
  selected,
  onArea,
  readout,
  legend,
}: Props) {
  const t = useT();
  const theme = useStore(preferences, (p) => p.theme);
  const container = useRef<HTMLDivElement>(null);
  const [map, setMap] = useState<MapLibre | null>(null);
  const [failed, setFailed] = useState(false);
  const [pointed, setPointed] = useState<{ code: string; x: number; y: number } | null>(null);
  const about = useStore(pack);
  const communeData = useStore(communes);
  const districtData = useStore(districts);
  const waterData = useStore(waters);
  const chosen = useRef(onArea);
  chosen.current = onArea;

  useEffect(() => {
    if (container.current === null) return;
    let gone = false;
    let opened: MapLibre | null = null;
    setFailed(false);
    const palette = readPalette(theme);
    openMap(container.current, palette, title)
      .then((ready) => {
        if (gone) {
          ready.remove();
          return;
        }
        opened = ready;
        for (const layer of NOT_HERE) ready.setLayoutProperty(layer, "visibility", "none");
        overlay.pictures?.(ready, palette);
        for (const source of overlay.sources) ready.addSource(source, { type: "geojson", data: EMPTY });
        for (const layer of overlay.layers(palette)) {
          // What colours an area lies under the lines and the water.
          ready.addLayer(layer, layer.type === "fill" ? "commune-line" : undefined);
        }
        setMap(ready);
      })
      .catch(() => {
        if (!gone) setFailed(true);
      });
    return () => {
      gone = true;
      setMap(null);
      opened?.remove();
    };
  }, [theme, title, overlay]);

  const coloured = useMemo(
    () =>
      communeData === null
        ? null
        : {
            ...communeData,
            features: communeData.features.map((feature) => {
              const level = levels.get(feature.properties.code);
              return {
                ...feature,
                properties: { ...feature.properties, level: level === undefined ? 0 : level },
              };
            }),
          },
    [communeData, levels],
  );
  useSource(map, "communes", () => coloured ?? EMPTY, [coloured]);
  useSource(map, "districts", () => districtData ?? EMPTY, [districtData]);
  useSource(map, "waters", () => waterData ?? EMPTY, [waterData]);
  useSource(map, "district-labels", () => (districtData === null ? EMPTY : areaLabels(districtData)), [
    districtData,
  ]);
  const [first = "", second = ""] = overlay.sources;
  useSource(first === "" ? null : map, first, () => data[first] ?? EMPTY, [data[first]]);
  useSource(second === "" ? null : map, second, () => data[second] ?? EMPTY, [data[second]]);

  const bounds = about?.bounds ?? null;
  const home = useMemo<LngLatBoundsLike | null>(
    () => (bounds === null ? null : [bounds[0], bounds[1], bounds[2], bounds[3]]),
    [bounds],
  );
  useEffect(() => {
    if (map !== null && home !== null) map.fitBounds(home, { padding: 24, animate: false });
  }, [map, home]);

  useEffect(() => {
    if (map === null) return;
    map.setFilter("commune-selected", ["==", ["get", "code"], selected ?? ""]);
    const feature = communes.get()?.features.find((f) => f.properties.code === selected);
    const box = feature === undefined ? null : boundsOf(feature);
    if (box !== null && !map.getBounds().contains([(box[0] + box[2]) / 2, (box[1] + box[3]) / 2]))
      map.easeTo({ center: [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2], duration: 300 });
  }, [map, selected]);

  useEffect(() => {
    if (map === null) return;
    const find = (x: number, y: number): string | null => {
      const found = map.queryRenderedFeatures([x, y], { layers: ["land"] })[0];
      return found === undefined ? null : String(found.properties.code);
    };
    const subscriptions = [
      map.on("mousemove", ({ point }) => {
        const code = find(point.x, point.y);
        setPointed(code === null ? null : { code, x: point.x, y: point.y });
      }),
      map.on("mouseout", () => setPointed(null)),
      map.on("movestart", () => setPointed(null)),
      map.on("click", ({ point }) => {
        const code = find(point.x, point.y);
        if (code !== null) chosen.current(code);
      }),
    ];
    return () => {
      for (const subscription of subscriptions) subscription.unsubscribe();
    };
  }, [map]);

  return (
    <section className="map hazard-map" aria-label={title}>
      <div className="map-canvas" ref={container} data-ready={map !== null} />
      {failed && (
        <div className="map-failed notice bad" role="status">
          {t("ui.map.failed_table")}
        </div>
      )}
      <MapControls
        disabled={map === null}
        onZoom={(by) => map?.zoomTo(map.getZoom() + by, { duration: 150 })}
        onPan={(x, y) => map?.panBy([x * PAN_PX, y * PAN_PX], { duration: 150 })}
        onHome={() => home !== null && map?.fitBounds(home, { padding: 24, duration: 250 })}
      />
      <div className="map-foot">
        {legend}
        <p className="map-note">
          {about?.schematic === true && <span>{t("ui.map.schematic")} · </span>}
          {(about?.attributions ?? []).join(" · ")}
        </p>
      </div>
      {pointed !== null && (
        <div className="map-readout" aria-hidden="true" style={{ left: pointed.x, top: pointed.y }}>
          {readout(pointed.code)}
        </div>
      )}
    </section>
  );
}
