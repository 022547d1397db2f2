import type { GeoJSONSource, LngLatBoundsLike, MapGeoJSONFeature, Map as MapLibre } from "maplibre-gl";
import { useEffect, useMemo, useRef, useState } from "react";
import type { AreaProperties } from "../api/types";
import { useT } from "../i18n";
import { preferences } from "../prefs/preferences";
import { incidents } from "../state/incidents";
import { useStore } from "../state/store";
import { communes, districts, pack, stations, waters } from "../state/world";
import { now, useTicking } from "../time/clock";
import { areaLabels, boundsOf, EMPTY, incidentPoints, stationPoints } from "./features";
import { shownArea } from "./focus";
import { MapControls } from "./MapControls";
import { MapFrame } from "./MapFrame";
import { MapReadout, type Pointed } from "./MapReadout";
import { openMap } from "./open";
import { TOGGLES, type Toggle } from "./style";

interface Props {
  selected: string | null;
  onSelect: (id: string) => void;
  onStation: (id: string) => void;
}

const PAN_PX = 140;

function setData(map: MapLibre | null, source: string, data: GeoJSON.GeoJSON | null): void {
  map?.getSource<GeoJSONSource>(source)?.setData(data ?? EMPTY);
}

export default function MapPane({ selected, onSelect, onStation }: Props) {
  const t = useT();
  const theme = useStore(preferences, (p) => p.theme);
  const container = useRef<HTMLDivElement>(null);
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
    openMap(container.current, theme, label)
      .then((ready) => {
        if (gone) {
          ready.remove();
          return;
        }
        opened = ready;
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
  }, [theme, label]);

  useEffect(() => setData(map, "communes", communeData), [map, communeData]);
  useEffect(() => setData(map, "districts", districtData), [map, districtData]);
  useEffect(() => setData(map, "waters", waterData), [map, waterData]);
  const communeLabels = useMemo(
    () => (communeData === null ? EMPTY : areaLabels(communeData)),
    [communeData],
  );
  const districtLabels = useMemo(
    () => (districtData === null ? EMPTY : areaLabels(districtData)),
    [districtData],
  );
  useEffect(() => setData(map, "commune-labels", communeLabels), [map, communeLabels]);
  useEffect(() => setData(map, "district-labels", districtLabels), [map, districtLabels]);
  useEffect(() => setData(map, "incidents", incidentPoints(byId.values(), selected)), [map, byId, selected]);
  // A station goes hollow by waiting alone: look again every half minute.
  const halfMinute = useTicking((ms) => Math.floor(ms / 30_000));
  useEffect(() => {
    void halfMinute;
    setData(map, "stations", stationPoints(stationMap.values(), now()));
  }, [map, stationMap, halfMinute]);

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
  const chosen = selected === null ? undefined : byId.get(selected);
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
