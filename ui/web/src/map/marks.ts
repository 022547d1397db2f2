import type { Map as MapLibre } from "maplibre-gl";
import type { Incident, Level } from "../api/types";
import { INCIDENT_BOX, incidentPicture } from "./icons";
import type { Palette } from "./palette";

/**
 * The cases, drawn on a flat canvas of their own above the map. They change with every event and every key press,
 * and drawing the whole map anew for each would make the keyboard wait on a machine without a graphics card.
 */

export interface Mark {
  id: string;
  lon: number;
  lat: number;
  level: Level;
  unacknowledged: boolean;
  selected: boolean;
}

/** Open cases with a place, the one that matters most last, so that it lies on top. */
export function marksOf(cases: Iterable<Incident>, selected: string | null): Mark[] {
  const marks: Mark[] = [];
  for (const { id, lon, lat, level, state } of cases) {
    if (lon === null || lat === null || state === "closed") continue;
    marks.push({ id, lon, lat, level, unacknowledged: state === "new", selected: id === selected });
  }
  const rank = (mark: Mark) => Number(mark.selected) * 100 + Number(mark.unacknowledged) * 10 + mark.level;
  return marks.sort((a, b) => rank(a) - rank(b));
}

/** Distance from the middle of a mark that still means it, px. */
const REACH_PX = 18;

export class MarkLayer {
  readonly #canvas: HTMLCanvasElement;
  readonly #map: MapLibre;
  readonly #palette: Palette;
  readonly #pictures = new Map<string, HTMLCanvasElement>();
  readonly #subscriptions: { unsubscribe(): void }[];
  #marks: readonly Mark[] = [];
  #visible = true;

  constructor(canvas: HTMLCanvasElement, map: MapLibre, palette: Palette) {
    this.#canvas = canvas;
    this.#map = map;
    this.#palette = palette;
    this.#subscriptions = [map.on("move", () => this.#draw()), map.on("resize", () => this.#draw())];
  }

  remove(): void {
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
  }

  show(marks: readonly Mark[], visible: boolean): void {
    this.#marks = marks;
    this.#visible = visible;
    this.#draw();
  }

  /** The mark at a point of the map, topmost first. */
  find(x: number, y: number): Mark | null {
    if (!this.#visible) return null;
    for (let i = this.#marks.length - 1; i >= 0; i -= 1) {
      const mark = this.#marks[i];
      if (mark === undefined) continue;
      const at = this.#map.project([mark.lon, mark.lat]);
      if (Math.hypot(at.x - x, at.y - y) <= REACH_PX) return mark;
    }
    return null;
  }

  #picture(mark: Mark): HTMLCanvasElement {
    const key = `${mark.level}${mark.unacknowledged}${mark.selected}`;
    let picture = this.#pictures.get(key);
    if (picture === undefined) {
      picture = incidentPicture(this.#palette, mark.level, mark.unacknowledged, mark.selected);
      this.#pictures.set(key, picture);
    }
    return picture;
  }

  #draw(): void {
    const { clientWidth: width, clientHeight: height } = this.#canvas;
    const ratio = devicePixelRatio;
    if (this.#canvas.width !== width * ratio || this.#canvas.height !== height * ratio) {
      this.#canvas.width = width * ratio;
      this.#canvas.height = height * ratio;
    }
    const context = this.#canvas.getContext("2d");
    if (context === null) return;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    if (!this.#visible) return;
    const half = INCIDENT_BOX / 2;
    for (const mark of this.#marks) {
      const { x, y } = this.#map.project([mark.lon, mark.lat]);
      if (x < -half || y < -half || x > width + half || y > height + half) continue;
      context.drawImage(this.#picture(mark), x - half, y - half, INCIDENT_BOX, INCIDENT_BOX);
    }
  }
}
