import type { Feature, FeatureCollection, LineString, MultiPolygon, Point, Polygon, Position } from "geojson";
import type { AreaProperties, Incident, Level, Station } from "../api/types";
import { trustOf } from "../state/quality";
import type { Areas } from "../state/world";

/** Turns what the stores hold into what the map draws. */

type Points<P> = FeatureCollection<Point, P & Record<string, unknown>>;

const point = <P extends Record<string, unknown>>(
  lon: number,
  lat: number,
  properties: P,
): Feature<Point, P> => ({
  type: "Feature",
  geometry: { type: "Point", coordinates: [lon, lat] },
  properties,
});

const collection = <F extends Feature>(features: F[]) => ({ type: "FeatureCollection" as const, features });

export const EMPTY = collection<Feature<LineString>>([]);

/** Where cases lie, for the names that must keep clear of them. */
export function placesOf(cases: Iterable<Incident>): Points<Record<string, never>> {
  const features = [];
  const seen = new Set<string>();
  for (const { lon, lat, state } of cases) {
    if (lon === null || lat === null || state === "closed" || seen.has(`${lon},${lat}`)) continue;
    seen.add(`${lon},${lat}`);
    features.push(point(lon, lat, {}));
  }
  return collection(features);
}

export function stationIcon(kind: string, trust: string, level: Level): string {
  const shape = kind === "rain" || kind === "reservoir" ? kind : "gauge";
  const look = trust === "good" ? "solid" : trust === "offline" || trust === "silent" ? "crossed" : "hollow";
  return `station-${shape}-${look}-${look === "crossed" ? 0 : level}`;
}

export function stationPoints(
  stations: Iterable<Station>,
  nowMs: number,
): Points<{ id: string; name: string; icon: string }> {
  const features = [];
  for (const station of stations) {
    if (station.lon === null || station.lat === null) continue;
    const icon = stationIcon(station.kind, trustOf(station, nowMs), station.hazard_state?.level ?? 0);
    features.push(point(station.lon, station.lat, { id: station.id, name: station.name, icon }));
  }
  return collection(features);
}

function ringCentre(ring: Position[]): [number, number] {
  const lons = ring.map((p) => p[0] ?? 0);
  const lats = ring.map((p) => p[1] ?? 0);
  return [(Math.min(...lons) + Math.max(...lons)) / 2, (Math.min(...lats) + Math.max(...lats)) / 2];
}

function labelPosition(
  feature: Feature<Polygon | MultiPolygon | Point, AreaProperties>,
): [number, number] | null {
  if (feature.properties.label !== null && feature.properties.label !== undefined)
    return feature.properties.label;
  const { geometry } = feature;
  if (geometry.type === "Point") return [geometry.coordinates[0] ?? 0, geometry.coordinates[1] ?? 0];
  const ring = geometry.type === "Polygon" ? geometry.coordinates[0] : geometry.coordinates[0]?.[0];
  return ring === undefined ? null : ringCentre(ring);
}

const KIND_WORD = /^(Xã|Phường|Thị trấn|Huyện|Thị xã|Thành phố)\s+/u;

/** The name without its kind: on a map the line around it already says that it is a commune. */
export function shortName(name: string): string {
  return name.replace(KIND_WORD, "");
}

export function areaLabels(areas: Areas): Points<{ code: string; name: string; level: number }> {
  const features = [];
  for (const feature of areas.features) {
    const at = labelPosition(feature);
    if (at === null) continue;
    const { code, name, level } = feature.properties;
    features.push(point(at[0], at[1], { code, name: shortName(name), level: level ?? -1 }));
  }
  return collection(features);
}

/** Box around an area, `[west, south, east, north]`. */
export function boundsOf(
  feature: Feature<Polygon | MultiPolygon | Point>,
): [number, number, number, number] | null {
  const found: [number, number, number, number] = [180, 90, -180, -90];
  const visit = (value: unknown): void => {
    if (!Array.isArray(value)) return;
    const [lon, lat] = value as unknown[];
    if (typeof lon === "number" && typeof lat === "number") {
      found[0] = Math.min(found[0], lon);
      found[1] = Math.min(found[1], lat);
      found[2] = Math.max(found[2], lon);
      found[3] = Math.max(found[3], lat);
    } else for (const inner of value) visit(inner);
  };
  visit(feature.geometry.coordinates);
  return found[0] > found[2] ? null : found;
}
