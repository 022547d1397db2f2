import type { Map as MapLibre } from "maplibre-gl";
import type { Level } from "../api/types";
import { LEVELS, SHAPES } from "../design/shapes";
import { stationIcon } from "./features";
import type { Palette } from "./palette";

/** Pictures of the map, drawn from the same outlines as the badges. Sizes in CSS px, drawn at twice that. */

const RATIO = 2;

function drawing(size: number, paint: (context: CanvasRenderingContext2D) => void): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = size * RATIO;
  const context = canvas.getContext("2d");
  if (context !== null) {
    context.scale(RATIO, RATIO);
    paint(context);
  }
  return canvas;
}

function draw(size: number, paint: (context: CanvasRenderingContext2D) => void): ImageData {
  const canvas = drawing(size, paint);
  const context = canvas.getContext("2d");
  return context === null
    ? new ImageData(canvas.width, canvas.height)
    : context.getImageData(0, 0, canvas.width, canvas.height);
}

/** Side of a case's picture with its ring and brackets, px. */
export const INCIDENT_BOX = 52;

/** A case: shape and number, a ring while nobody has taken it, brackets while it is the one on the right. */
export function incidentPicture(
  palette: Palette,
  level: Level,
  ring: boolean,
  selected: boolean,
): HTMLCanvasElement {
  return drawing(INCIDENT_BOX, (c) => {
    const middle = INCIDENT_BOX / 2;
    const scale = selected ? 0.94 : 0.84;
    c.translate(middle, middle);
    if (ring) {
      c.beginPath();
      c.arc(0, 0, 20, 0, 2 * Math.PI);
      c.fillStyle = palette.ringGround;
      c.fill();
      c.lineWidth = 2.5;
      c.strokeStyle = palette.ring;
      c.stroke();
    }
    if (selected) {
      c.lineWidth = 2;
      c.strokeStyle = palette.ring;
      for (let quarter = 0; quarter < 4; quarter += 1) {
        c.beginPath();
        c.moveTo(-24.5, -15);
        c.lineTo(-24.5, -24.5);
        c.lineTo(-15, -24.5);
        c.stroke();
        c.rotate(Math.PI / 2);
      }
    }
    c.scale(scale, scale);
    c.translate(-16, -16);
    const outline = new Path2D(SHAPES[level].path);
    c.lineWidth = 3.5;
    c.lineJoin = "round";
    c.strokeStyle = palette.edge;
    c.stroke(outline);
    c.fillStyle = palette.level[level] ?? palette.calm;
    c.fill(outline);
    c.fillStyle = level === 5 ? "#fff" : level === 0 ? palette.text : "#000";
    c.font = '700 15px "Be Vietnam Pro", sans-serif';
    c.textAlign = "center";
    c.fillText(String(level), 16, SHAPES[level].textY);
  });
}

const STATION_BOX = 18;

const STATION_OUTLINES: Record<string, string> = {
  gauge: "M9 4a5 5 0 1 0 0 10a5 5 0 1 0 0-10z",
  rain: "M9 14.5L3.5 4.5h11z",
  reservoir: "M4.5 4.5h9v9h-9z",
};

function stationPicture(palette: Palette, shape: string, look: string, level: number): ImageData {
  return draw(STATION_BOX, (c) => {
    const outline = new Path2D(STATION_OUTLINES[shape] ?? STATION_OUTLINES.gauge);
    const colour = level > 0 ? (palette.level[level] ?? palette.text) : palette.station;
    c.lineJoin = "round";
    c.lineWidth = 4;
    c.strokeStyle = palette.edge;
    c.stroke(outline);
    c.fillStyle = look === "solid" ? colour : palette.ringGround;
    c.fill(outline);
    c.lineWidth = 1.75;
    c.strokeStyle = look === "crossed" ? palette.faint : colour;
    c.stroke(outline);
    if (look === "crossed") {
      c.beginPath();
      c.moveTo(5.5, 5.5);
      c.lineTo(12.5, 12.5);
      c.moveTo(12.5, 5.5);
      c.lineTo(5.5, 12.5);
      c.stroke();
    }
  });
}

const HATCH_BOX = 8;

export function addPictures(map: MapLibre, palette: Palette): void {
  for (const level of LEVELS) {
    for (const kind of ["river", "rain", "reservoir"]) {
      for (const trust of ["good", "late", "offline"]) {
        const id = stationIcon(kind, trust, level);
        if (map.hasImage(id)) continue;
        const [, shape = "", look = ""] = id.split("-");
        map.addImage(id, stationPicture(palette, shape, look, level), { pixelRatio: RATIO });
      }
    }
  }
  // Nothing to see: it holds the place of a case, so that names keep out of its way.
  map.addImage("place-holder", new ImageData(36 * RATIO, 36 * RATIO), { pixelRatio: RATIO });
  map.addImage(
    "dam",
    draw(16, (c) => {
      c.beginPath();
      c.moveTo(5, 2.5);
      c.lineTo(11, 2.5);
      c.lineTo(14, 13.5);
      c.lineTo(2, 13.5);
      c.closePath();
      c.lineWidth = 3;
      c.strokeStyle = palette.edge;
      c.stroke();
      c.fillStyle = palette.water;
      c.fill();
      c.lineWidth = 1.2;
      c.strokeStyle = palette.station;
      c.stroke();
    }),
    { pixelRatio: RATIO },
  );
  map.addImage(
    "hatch",
    draw(HATCH_BOX, (c) => {
      c.strokeStyle = palette.hatch;
      c.lineWidth = 1;
      c.beginPath();
      for (const offset of [-HATCH_BOX, 0, HATCH_BOX]) {
        c.moveTo(offset, HATCH_BOX);
        c.lineTo(offset + HATCH_BOX, 0);
      }
      c.stroke();
    }),
    { pixelRatio: RATIO },
  );
}
