import type { Feature, FeatureCollection, Point } from "geojson";
import type { FireDanger, Hotspot } from "../api/hazards";
import { ROMAN, SHAPES } from "../design/shapes";
import { areaLabels } from "../map/features";
import type { Overlay } from "../map/HazardMap";
import type { Palette } from "../map/palette";
import type { Areas } from "../state/world";

const BOX = 22;
const RATIO = 2;

function badge(palette: Palette, level: 1 | 2 | 3 | 4 | 5): ImageData {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = BOX * RATIO;
  const c = canvas.getContext("2d");
  if (c === null) return new ImageData(canvas.width, canvas.height);
  c.scale((BOX * RATIO) / 32, (BOX * RATIO) / 32);
  const shape = SHAPES[level];
  const outline = new Path2D(shape.path);
  c.lineWidth = 3;
  c.lineJoin = "round";
  c.strokeStyle = palette.edge;
  c.stroke(outline);
  c.fillStyle = palette.level[level] ?? palette.calm;
  c.fill(outline);
  c.fillStyle = level === 5 ? "#fff" : "#000";
  c.font = '700 14px "Be Vietnam Pro", sans-serif';
  c.textAlign = "center";
  c.fillText(ROMAN[level] ?? "", 16, shape.textY);
  return c.getImageData(0, 0, canvas.width, canvas.height);
}

function spot(palette: Palette, inside: boolean): ImageData {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 14 * RATIO;
  const c = canvas.getContext("2d");
  if (c === null) return new ImageData(canvas.width, canvas.height);
  c.scale(RATIO, RATIO);
  c.translate(7, 7);
  c.rotate(Math.PI / 4);
  c.beginPath();
  c.rect(-4, -4, 8, 8);
  c.lineWidth = 3;
  c.strokeStyle = palette.edge;
  c.stroke();
  c.fillStyle = inside ? palette.text : palette.ground;
  c.fill();
  c.lineWidth = 1.5;
  c.strokeStyle = palette.text;
  c.stroke();
  return c.getImageData(0, 0, canvas.width, canvas.height);
}

/** A roman number in its shape for each commune, worst on top; satellites' hot spots as small squares on a corner. */
export const FIRE_OVERLAY: Overlay = {
  sources: ["fire-levels", "fire-spots"],
  pictures: (map, palette) => {
    for (const level of [1, 2, 3, 4, 5] as const)
      map.addImage(`fire-${level}`, badge(palette, level), { pixelRatio: RATIO });
    map.addImage("spot-in", spot(palette, true), { pixelRatio: RATIO });
    map.addImage("spot-out", spot(palette, false), { pixelRatio: RATIO });
  },
  layers: (p) => [
    {
      id: "fire-levels",
      type: "symbol",
      source: "fire-levels",
      layout: {
        "icon-image": ["concat", "fire-", ["get", "level"]],
        "icon-padding": 0,
        "symbol-sort-key": ["-", 0, ["get", "level"]],
        "text-field": ["step", ["zoom"], "", 9.4, ["get", "name"]],
        "text-font": ["Be Vietnam Pro"],
        "text-size": 11,
        "text-anchor": "top",
        "text-offset": [0, 1.1],
        "text-optional": true,
        "text-max-width": 8,
      },
      paint: { "text-color": p.text, "text-halo-color": p.edge, "text-halo-width": 1.6 },
    },
    {
      id: "fire-spots",
      type: "symbol",
      source: "fire-spots",
      layout: {
        "icon-image": ["case", ["get", "inside"], "spot-in", "spot-out"],
        "icon-allow-overlap": true,
        "icon-ignore-placement": true,
      },
    },
  ],
};

export function levelPoints(danger: FireDanger | undefined, areas: Areas | null): FeatureCollection<Point> {
  const levels = new Map((danger?.items ?? []).map((each) => [each.area, each.level]));
  const labels = areas === null ? [] : areaLabels(areas).features;
  const features = labels.flatMap((feature) => {
    const level = levels.get(feature.properties.code);
    return typeof level === "number" ? [{ ...feature, properties: { ...feature.properties, level } }] : [];
  });
  return { type: "FeatureCollection", features };
}

export function spotPoints(spots: readonly Hotspot[]): FeatureCollection<Point> {
  const features: Feature<Point>[] = spots.map((each) => ({
    type: "Feature",
    geometry: { type: "Point", coordinates: [each.lon, each.lat] },
    properties: { inside: each.verdict !== "listed" },
  }));
  return { type: "FeatureCollection", features };
}
