import type { DataDrivenPropertyValueSpecification, StyleSpecification } from "maplibre-gl";
import { EMPTY } from "./features";
import type { Palette } from "./palette";

/** Groups of layers a person can show and hide. */
export const TOGGLES = {
  levels: ["commune-level", "commune-nodata"],
  incidents: ["incident-places"],
  stations: ["stations", "station-names"],
  water: ["reservoirs", "reservoir-edge", "rivers", "river-names", "reservoir-names", "dams", "dam-names"],
  names: ["commune-names", "commune-names-alert", "district-names"],
} as const satisfies Record<string, readonly string[]>;

export type Toggle = keyof typeof TOGGLES;

const REGULAR = ["Be Vietnam Pro"];
const MEDIUM = ["Be Vietnam Pro Medium"];

/** A style without a glyph server or tiles: names are drawn from the page's own font, all data is ours. */
export function buildStyle(p: Palette): StyleSpecification {
  const byLevel: DataDrivenPropertyValueSpecification<string> = [
    "match",
    ["get", "level"],
    1,
    p.level[1] ?? p.land,
    2,
    p.level[2] ?? p.land,
    3,
    p.level[3] ?? p.land,
    4,
    p.level[4] ?? p.land,
    5,
    p.level[5] ?? p.land,
    p.land,
  ];
  const halo = { "text-halo-color": p.edge, "text-halo-width": 1.6, "text-halo-blur": 0.3 };
  const source = () => ({ type: "geojson" as const, data: EMPTY });
  return {
    version: 8,
    name: "eoc",
    sources: {
      communes: source(),
      districts: source(),
      "commune-labels": source(),
      "district-labels": source(),
      waters: source(),
      stations: source(),
      incidents: source(),
    },
    layers: [
      { id: "ground", type: "background", paint: { "background-color": p.ground } },
      { id: "land", type: "fill", source: "communes", paint: { "fill-color": p.land } },
      {
        id: "commune-nodata",
        type: "fill",
        source: "communes",
        filter: ["==", ["get", "level"], null],
        paint: { "fill-pattern": "hatch" },
      },
      {
        id: "commune-level",
        type: "fill",
        source: "communes",
        filter: [">", ["coalesce", ["get", "level"], 0], 0],
        paint: { "fill-color": byLevel, "fill-opacity": p.dark ? 0.5 : 0.62 },
      },
      {
        id: "commune-line",
        type: "line",
        source: "communes",
        paint: { "line-color": p.line, "line-width": ["interpolate", ["linear"], ["zoom"], 7, 0.4, 11, 1] },
      },
      {
        id: "district-line",
        type: "line",
        source: "districts",
        paint: {
          "line-color": p.lineStrong,
          "line-width": ["interpolate", ["linear"], ["zoom"], 7, 0.8, 11, 1.8],
        },
      },
      {
        id: "reservoirs",
        type: "fill",
        source: "waters",
        filter: ["==", ["get", "kind"], "reservoir"],
        paint: { "fill-color": p.water, "fill-opacity": 0.55 },
      },
      {
        id: "reservoir-edge",
        type: "line",
        source: "waters",
        filter: ["==", ["get", "kind"], "reservoir"],
        paint: { "line-color": p.water, "line-width": 0.8 },
      },
      {
        id: "rivers",
        type: "line",
        source: "waters",
        filter: ["==", ["get", "kind"], "river"],
        layout: { "line-cap": "round", "line-join": "round" },
        paint: {
          "line-color": p.water,
          "line-width": ["interpolate", ["linear"], ["zoom"], 7, 1.2, 9, 2.2, 12, 4],
        },
      },
      {
        id: "commune-selected",
        type: "line",
        source: "communes",
        filter: ["==", ["get", "code"], ""],
        paint: { "line-color": p.ring, "line-width": 2 },
      },
      {
        id: "river-names",
        type: "symbol",
        source: "waters",
        filter: ["==", ["get", "kind"], "river"],
        layout: {
          "symbol-placement": "line",
          "symbol-spacing": 320,
          "text-field": ["get", "name"],
          "text-font": REGULAR,
          "text-size": 11.5,
          "text-letter-spacing": 0.04,
          "text-max-angle": 38,
        },
        paint: { "text-color": p.waterText, ...halo },
      },
      {
        id: "reservoir-names",
        type: "symbol",
        source: "waters",
        minzoom: 9,
        filter: ["==", ["get", "kind"], "reservoir"],
        layout: { "text-field": ["get", "name"], "text-font": REGULAR, "text-size": 11, "text-max-width": 7 },
        paint: { "text-color": p.waterText, ...halo },
      },
      {
        id: "district-names",
        type: "symbol",
        source: "district-labels",
        maxzoom: 9.9,
        layout: {
          "text-field": ["get", "name"],
          "text-font": REGULAR,
          "text-size": ["interpolate", ["linear"], ["zoom"], 7, 10.5, 9, 13],
          "text-letter-spacing": 0.05,
          "text-max-width": 8,
        },
        paint: { "text-color": p.faint, ...halo },
      },
      {
        id: "commune-names",
        type: "symbol",
        source: "commune-labels",
        minzoom: 9.5,
        filter: ["<=", ["get", "level"], 0],
        layout: {
          "text-field": ["get", "name"],
          "text-font": REGULAR,
          "text-size": 11.5,
          "text-max-width": 7,
        },
        paint: { "text-color": p.faint, ...halo },
      },
      {
        id: "dams",
        type: "symbol",
        source: "waters",
        filter: ["==", ["get", "kind"], "dam"],
        layout: { "icon-image": "dam", "icon-allow-overlap": true },
      },
      {
        id: "dam-names",
        type: "symbol",
        source: "waters",
        filter: ["==", ["get", "kind"], "dam"],
        layout: {
          "text-field": ["get", "name"],
          "text-font": REGULAR,
          "text-size": 11.5,
          "text-variable-anchor": ["left", "right", "top", "bottom"],
          "text-radial-offset": 1.3,
          "text-justify": "auto",
          "text-max-width": 9,
        },
        paint: { "text-color": p.waterText, ...halo },
      },
      {
        id: "stations",
        type: "symbol",
        source: "stations",
        layout: { "icon-image": ["get", "icon"], "icon-allow-overlap": true },
      },
      {
        id: "station-names",
        type: "symbol",
        source: "stations",
        minzoom: 9.2,
        layout: {
          "text-field": ["get", "name"],
          "text-font": REGULAR,
          "text-size": 11.5,
          "text-variable-anchor": ["left", "right", "top", "bottom"],
          "text-radial-offset": 1,
          "text-justify": "auto",
        },
        paint: { "text-color": p.text, ...halo },
      },
      {
        id: "commune-names-alert",
        type: "symbol",
        source: "commune-labels",
        filter: [">", ["get", "level"], 0],
        layout: {
          "text-field": ["get", "name"],
          "text-font": MEDIUM,
          "text-size": 12.5,
          "text-variable-anchor": ["bottom", "top", "left", "right"],
          "text-radial-offset": 2.1,
          "text-max-width": 8,
        },
        paint: { "text-color": p.text, ...halo },
      },
      {
        id: "incident-places",
        type: "symbol",
        source: "incidents",
        layout: { "icon-image": "place-holder", "icon-allow-overlap": true },
      },
    ],
  };
}
