import type { LngLatBoundsLike, MapGeoJSONFeature, Map as MapLibre } from "maplibre-gl";
import { useEffect, useMemo, useRef, useState } from "react";
import type { AreaProperties } from "../api/types";
import { useT } from "../i18n";
import { preferences } from "../prefs/preferences";
import { incidents } from "../state/incidents";
import { useStore } from "../state/store";
import { communes, districts, pack, stations, waters } from "../state/world";
import { now, useTicking } from "../time/clock";
import { usePaced, useSettled } from "../time/pace";
import { areaLabels, boundsOf, EMPTY, placesOf, stationPoints } from "./features";
import { shownArea } from "./focus";
import { MapControls } from "./MapControls";
import { MapFrame } from "./MapFrame";
import { MapReadout, type Pointed } from "./MapReadout";
import { MarkLayer, marksOf } from "./marks";
import { openMap } from "./open";
import { readPalette } from "./palette";
import { TOGGLES, type Toggle } from "./style";
import { useSource } from "./useSource";

interface Props {
  selected: string | null;
  onSelect: (id: string) => void;
  onStation: (id: string) => void;
}

const PAN_PX = 140;

/** What needs the whole map drawn anew waits until the keyboard rests for so long. */
const REST_MS = 250;
/** Names make room for new cases at this pace. */
const PLACES_EVERY_MS = 3000;

export default function MapPane({ selected, onSelect, onStation }: Props) {
  const t = useT();
  const theme = useStore(preferences, (p) => p.theme);
  const container = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const layer = useRef<MarkLayer | null>(null);
  const [map, setMap] = useState<MapLibre | null>(null);
  const [failed, setFailed] = useState(false);
  const [hidden, setHidden] = useState<ReadonlySet<Toggle>>(new Set());
  const [pointed, setPointed] = useState<Pointed | null>(null);
  const bounds = useStore(pack, (p) => p?.bounds ?? null);
  const communeData = useStore(communes);
  const districtData = useStore(districts);
  const waterData = useStore(waters);
  const stationMap = useStore(stations, (s) => s.byId);
  const byId = useStore(incidents, (s) => s.byId);
  const handlers = useRef({ onSelect, onStation });
  handlers.current = { onSelect, onStation };

  const label = t("ui.map.title");
  useEffect(() => {
    if (container.current === null) return;
    let gone = false;
    let opened: MapLibre | null = null;
    setFailed(false);
    const palette = readPalette(theme);
    openMap(container.current, palette, label)
      .then((ready) => {
        if (gone || canvas.current === null) {
          ready.remove();
          return;
        }
        opened = ready;
        layer.current = new MarkLayer(canvas.current, ready, palette);
        setMap(ready);
      })
      .catch(() => {
        if (!gone) setFailed(true);
      });
    return () => {
      gone = true;
      setMap(null);
      layer.current?.remove();
      layer.current = null;
      opened?.remove();
    };
  }, [theme, label]);

  useSource(map, "communes", () => communeData ?? EMPTY, [communeData]);
  useSource(map, "districts", () => districtData ?? EMPTY, [districtData]);
  useSource(map, "waters", () => waterData ?? EMPTY, [waterData]);
  useSource(map, "commune-labels", () => (communeData === null ? EMPTY : areaLabels(communeData)), [
    communeData,
  ]);
  useSource(map, "district-labels", () => (districtData === null ? EMPTY : areaLabels(districtData)), [
    districtData,
  ]);
  const showCases = !hidden.has("incidents");
  const marks = useMemo(() => marksOf(byId.values(), selected), [byId, selected]);
  useEffect(() => {
    if (map !== null) layer.current?.show(marks, showCases);
  }, [map, marks, showCases]);
  const places = usePaced(byId, PLACES_EVERY_MS);
  useSource(map, "incidents", () => placesOf(places.values()), [places]);
  // A station goes hollow by waiting alone: look again every half minute.
  const halfMinute = useTicking((ms) => Math.floor(ms / 30_000));
  useSource(map, "stations", () => stationPoints(stationMap.values(), now()), [stationMap, halfMinute]);

  const home = useMemo<LngLatBoundsLike | null>(
    () => (bounds === null ? null : [bounds[0], bounds[1], bounds[2], bounds[3]]),
    [bounds],
  );
  useEffect(() => {
    if (map !== null && home !== null) map.fitBounds(home, { padding: 28, animate: false });
  }, [map, home]);

  useEffect(() => {
    if (map === null) return;
    for (const [toggle, layers] of Object.entries(TOGGLES)) {
      const visibility = hidden.has(toggle as Toggle) ? "none" : "visible";
      for (const layer of layers) map.setLayoutProperty(layer, "visibility", visibility);
    }
  }, [map, hidden]);

  // The selected case is brought into view when it is not, and its commune is outlined.
  const settled = useSettled(selected, REST_MS);
  const chosen = settled === null ? undefined : byId.get(settled);
  const chosenArea = chosen?.area ?? "";
  const lon = chosen?.lon ?? null;
  const lat = chosen?.lat ?? null;
  useEffect(() => {
    map?.setFilter("commune-selected", ["==", ["get", "code"], chosenArea]);
  }, [map, chosenArea]);
  useEffect(() => {
    if (map === null || lon === null || lat === null) return;
    if (!map.getBounds().contains([lon, lat])) map.easeTo({ center: [lon, lat], duration: 400 });
  }, [map, lon, lat]);

  const asked = useStore(shownArea);
  useEffect(() => {
    if (map === null || asked === null) return;
    const feature = communes.get()?.features.find((f) => f.properties.code === asked.code);
    const box = feature === undefined ? null : boundsOf(feature);
    map.setFilter("commune-selected", ["==", ["get", "code"], asked.code]);
    if (box !== null) map.fitBounds(box, { padding: 90, maxZoom: 11, duration: 500 });
  }, [map, asked]);

  useEffect(() => {
    if (map === null) return;
    const top = (x: number, y: number, layers: string[]): MapGeoJSONFeature | undefined =>
      map.queryRenderedFeatures(
        [
          [x - 3, y - 3],
          [x + 3, y + 3],
        ],
        { layers },
      )[0];
    const find = (x: number, y: number): Pointed | null => {
      const mark = top(x, y, ["incidents"]) ?? top(x, y, ["stations"]);
      if (mark !== undefined)
        return { kind: mark.source as "incidents" | "stations", id: mark.properties.id, x, y };
      const area = map.queryRenderedFeatures([x, y], { layers: ["land"] })[0];
      if (area === undefined) return null;
      return { kind: "communes", id: (area.properties as AreaProperties).code, x, y };
    };
    const subscriptions = [
      map.on("mousemove", ({ point }) => {
        const found = find(point.x, point.y);
        map.getCanvas().style.cursor = found !== null && found.kind !== "communes" ? "pointer" : "";
        setPointed(found);
      }),
      map.on("mouseout", () => setPointed(null)),
      map.on("movestart", () => setPointed(null)),
      map.on("click", ({ point }) => {
        const found = find(point.x, point.y);
        if (found?.kind === "incidents") handlers.current.onSelect(found.id);
        else if (found?.kind === "stations") handlers.current.onStation(found.id);
        else if (found?.kind === "communes") {
          const open = [...incidents.get().byId.values()].filter(
            (i) => i.area === found.id && i.state !== "closed",
          );
          const worst = open.sort((a, b) => b.level - a.level)[0];
          if (worst !== undefined) handlers.current.onSelect(worst.id);
        }
      }),
    ];
    return () => {
      for (const subscription of subscriptions) subscription.unsubscribe();
    };
  }, [map]);

  return (
    <MapFrame
      failed={failed}
      hidden={hidden}
      onToggle={(toggle) =>
        setHidden((current) => {
          const next = new Set(current);
          if (!next.delete(toggle)) next.add(toggle);
          return next;
        })
      }
    >
      <div className="map-canvas" ref={container} data-ready={map !== null} />
      <canvas className="map-marks" ref={canvas} />
      <MapControls
        disabled={map === null}
        onZoom={(by) => map?.zoomTo(map.getZoom() + by, { duration: 150 })}
        onPan={(x, y) => map?.panBy([x * PAN_PX, y * PAN_PX], { duration: 150 })}
        onHome={() => home !== null && map?.fitBounds(home, { padding: 28, duration: 250 })}
      />
      {pointed !== null && <MapReadout pointed={pointed} />}
    </MapFrame>
  );
}
