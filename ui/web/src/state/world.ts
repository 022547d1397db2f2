import type { FeatureCollection, Geometry, MultiPolygon, Point, Polygon } from "geojson";
import { get } from "../api/client";
import type {
  AreaProperties,
  Observation,
  Pack,
  Page,
  Station,
  SystemStatus,
  WaterProperties,
} from "../api/types";
import type { LiveObservation } from "../live/protocol";
import { advanceDataClock, setServerNow } from "../time/clock";
import { createStore } from "./store";

export type Areas = FeatureCollection<Polygon | MultiPolygon | Point, AreaProperties>;
export type Waters = FeatureCollection<Geometry, WaterProperties>;

export const pack = createStore<Pack | null>(null);
export const communes = createStore<Areas | null>(null);
export const districts = createStore<Areas | null>(null);
export const waters = createStore<Waters | null>(null);
export const system = createStore<SystemStatus | null>(null);

export interface StationsState {
  byId: ReadonlyMap<string, Station>;
  loaded: boolean;
}
export const stations = createStore<StationsState>({ byId: new Map(), loaded: false });

export async function loadPack(): Promise<void> {
  pack.set((await get<Pack>("/pack")).data);
}

export async function loadCommunes(): Promise<void> {
  const { data } = await get<Areas>("/areas?kind=commune");
  // The map cuts areas into tiles anew whenever it gets them: not for the same colours.
  const held = communes.get();
  if (held !== null && levelsOf(held) === levelsOf(data)) return;
  communes.set(data);
}

function levelsOf(areas: Areas): string {
  return areas.features.map(({ properties: p }) => `${p.code}:${p.level}:${p.incidents}`).join();
}

export async function loadGeography(): Promise<void> {
  await Promise.all([
    loadCommunes(),
    get<Areas>("/areas?kind=district").then(({ data }) => districts.set(data)),
    get<Waters>("/waters").then(({ data }) => waters.set(data)),
  ]);
}

export async function loadStations(): Promise<void> {
  const { data } = await get<Page<Station>>("/stations?limit=10000");
  stations.set({ byId: new Map(data.items.map((station) => [station.id, station])), loaded: true });
}

export async function loadStation(id: string): Promise<void> {
  const { data } = await get<Station>(`/stations/${encodeURIComponent(id)}`);
  stations.set((state) => ({ ...state, byId: new Map(state.byId).set(id, data) }));
}

export async function loadSystem(): Promise<void> {
  const { data } = await get<SystemStatus>("/system");
  setServerNow(data.clock, Date.parse(data.now));
  system.set(data);
}

/** The newest reading per station and property, from the live stream. */
export function takeObservations(items: readonly LiveObservation[]): void {
  if (items.length === 0) return;
  stations.set((state) => {
    const byId = new Map(state.byId);
    for (const item of items) {
      const station = byId.get(item.station);
      if (station === undefined) continue;
      const latest = { ...station.latest };
      for (const [property, reading] of Object.entries(item.latest)) {
        const known = latest[property];
        const observedMs = Date.parse(reading.observed_at);
        if (known !== undefined && Date.parse(known.observed_at) > observedMs) continue;
        advanceDataClock(observedMs);
        latest[property] = reading;
      }
      const held = station.hazard_state;
      const hazard = held && item.level !== undefined ? { ...held, level: item.level } : held;
      byId.set(station.id, {
        ...station,
        latest,
        status: "online",
        ...(hazard === undefined ? {} : { hazard_state: hazard }),
      });
    }
    return { ...state, byId };
  });
}

/** Readings of one property in a span of time (ms), oldest first. `everyMin` asks for one row per so many minutes. */
export async function loadObservations(
  station: string,
  property: string,
  fromMs: number,
  toMs: number,
  everyMin?: number,
): Promise<Observation[]> {
  const query = new URLSearchParams({
    property,
    from: new Date(fromMs).toISOString(),
    to: new Date(toMs).toISOString(),
    limit: "10000",
  });
  if (everyMin !== undefined) query.set("every", `${everyMin}m`);
  const { data } = await get<Page<Observation>>(
    `/stations/${encodeURIComponent(station)}/observations?${query.toString()}`,
  );
  return [...data.items].sort((a, b) => Date.parse(a.observed_at) - Date.parse(b.observed_at));
}
