import type { Feature, FeatureCollection, MultiPolygon, Point, Polygon } from "geojson";
import type { Rain } from "../api/hazards";
import type { Overlay } from "../map/HazardMap";
import type { Areas } from "../state/world";
import { radiusOf, rainOf } from "./windows";

const SHADES = { low: 0.1, medium: 0.24, high: 0.42 } as const;

/** Ground that slides easily is shaded without colour; circles carry the sum, hollow with "?" where it is unknown. */
export const RAIN_OVERLAY: Overlay = {
  sources: ["rain-ground", "rain-stations"],
  layers: (p) => [
    {
      id: "rain-ground",
      type: "fill",
      source: "rain-ground",
      paint: {
        "fill-color": p.faint,
        "fill-opacity": [
          "match",
          ["get", "susceptibility"],
          "low",
          SHADES.low,
          "medium",
          SHADES.medium,
          "high",
          SHADES.high,
          0,
        ],
      },
    },
    {
      id: "rain-circles",
      type: "circle",
      source: "rain-stations",
      paint: {
        "circle-radius": ["get", "radius"],
        "circle-color": ["case", ["get", "known"], p.water, p.ground],
        "circle-opacity": ["case", ["get", "known"], 0.92, 0.8],
        "circle-stroke-width": ["case", ["get", "known"], 1.5, 2],
        "circle-stroke-color": ["case", ["get", "known"], p.edge, p.station],
      },
    },
    {
      id: "rain-values",
      type: "symbol",
      source: "rain-stations",
      layout: {
        "text-field": ["get", "text"],
        "text-font": ["Be Vietnam Pro Medium"],
        "text-size": 12,
        "text-allow-overlap": true,
        "symbol-sort-key": ["-", 0, ["get", "radius"]],
      },
      paint: {
        "text-color": ["case", ["get", "known"], p.dark ? "#04121f" : "#ffffff", p.text],
        "text-halo-color": ["case", ["get", "known"], p.water, p.ground],
        "text-halo-width": ["case", ["get", "known"], 0, 1],
      },
    },
    {
      id: "rain-names",
      type: "symbol",
      source: "rain-stations",
      minzoom: 8.6,
      layout: {
        "text-field": ["get", "name"],
        "text-font": ["Be Vietnam Pro"],
        "text-size": 11,
        "text-anchor": "top",
        "text-offset": [0, 1.9],
        "text-max-width": 8,
      },
      paint: { "text-color": p.text, "text-halo-color": p.edge, "text-halo-width": 1.6 },
    },
  ],
};

export function groundOf(rain: Rain, areas: Areas | null): FeatureCollection<Polygon | MultiPolygon | Point> {
  const shade = new Map(rain.areas.map((each) => [each.area, each.susceptibility]));
  const features = (areas?.features ?? []).flatMap((feature) => {
    const susceptibility = shade.get(feature.properties.code);
    return susceptibility ? [{ ...feature, properties: { susceptibility } }] : [];
  });
  return { type: "FeatureCollection", features };
}

export function circlesOf(
  rain: Rain,
  window: number,
  show: (mm: number) => string,
): FeatureCollection<Point> {
  const features: Feature<Point>[] = rain.items.flatMap((station) => {
    if (station.lon === null || station.lat === null) return [];
    const mm = rainOf(station, window);
    return [
      {
        type: "Feature",
        geometry: { type: "Point", coordinates: [station.lon, station.lat] },
        properties: {
          name: station.name,
          known: mm !== null,
          text: mm === null ? "?" : show(mm),
          radius: radiusOf(mm),
        },
      },
    ];
  });
  return { type: "FeatureCollection", features };
}
