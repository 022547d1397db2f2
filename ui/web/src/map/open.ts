import { Map as MapLibre, ScaleControl, setWorkerUrl } from "maplibre-gl";
import "maplibre-gl/dist/maplibre-gl.css";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url";
import { addPictures } from "./icons";
import type { Palette } from "./palette";
import { buildStyle } from "./style";

/** Every Vietnamese letter with a diacritic, to fetch that part of the font before the first label is drawn. */
const SAMPLE = "aăâđêôơưẾỆỮắ";

/** Opens a map and resolves when it can be filled. Rejects where the browser has no WebGL. */
export async function openMap(container: HTMLElement, palette: Palette, title: string): Promise<MapLibre> {
  setWorkerUrl(workerUrl);
  await Promise.all([
    document.fonts.load('400 24px "Be Vietnam Pro"', SAMPLE),
    document.fonts.load('700 24px "Be Vietnam Pro"', "0123456789"),
    document.fonts.load('500 24px "Be Vietnam Pro Medium"', SAMPLE),
  ]);
  const map = new MapLibre({
    container,
    style: buildStyle(palette),
    attributionControl: false,
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    maxZoom: 14,
    minZoom: 6,
    center: [106.9, 11.7],
    zoom: 8,
    fadeDuration: 0,
    renderWorldCopies: false,
    locale: { "Map.Title": title },
  });
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  map.addControl(new ScaleControl({ maxWidth: 90, unit: "metric" }), "bottom-right");
  await new Promise<void>((resolve, reject) => {
    map.once("load", () => resolve());
    map.once("error", (event) => reject(event.error));
  });
  addPictures(map, palette);
  // Browser tests wait for the first complete drawing.
  map.on("idle", () => {
    container.dataset.idle = "true";
  });
  return map;
}
