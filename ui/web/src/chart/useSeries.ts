import { useEffect, useState } from "react";
import { link } from "../live/feed";
import { useStore } from "../state/store";
import { loadObservations, stations } from "../state/world";
import { now, useTicking } from "../time/clock";
import { append, type Series, toSeries } from "./series";

export interface SeriesState {
  series: Series;
  status: "loading" | "ready" | "failed";
  fromMs: number;
  toMs: number;
}

const EMPTY: Series = [[], []];

/** At most this many points are asked for: a screen has no more. */
const POINTS = 600;

/** A station's line over the last hours, loaded once, kept going by the live stream and reloaded after an outage. */
export function useSeries(station: string | null, property: string | null, hours: number): SeriesState {
  const [loaded, setLoaded] = useState<{ series: Series; status: SeriesState["status"] }>({
    series: EMPTY,
    status: "loading",
  });
  const live = useStore(link, (status) => status.state === "live");
  const reading = useStore(stations, (s) =>
    station === null || property === null ? undefined : s.byId.get(station)?.latest[property],
  );
  const minuteMs = useTicking((ms) => Math.floor(ms / 60_000) * 60_000);

  useEffect(() => {
    if (station === null || property === null) return;
    void live;
    let gone = false;
    setLoaded((held) => ({ ...held, status: held.series[0].length > 0 ? "ready" : "loading" }));
    const toMs = now();
    const everyMin = hours > 12 ? Math.ceil((hours * 60) / POINTS) : undefined;
    loadObservations(station, property, toMs - hours * 3_600_000, toMs + 60_000, everyMin)
      .then((items) => !gone && setLoaded({ series: toSeries(items), status: "ready" }))
      .catch(() => !gone && setLoaded({ series: EMPTY, status: "failed" }));
    return () => {
      gone = true;
    };
  }, [station, property, hours, live]);

  useEffect(() => {
    if (reading === undefined) return;
    setLoaded((held) => (held.status === "ready" ? { ...held, series: append(held.series, reading) } : held));
  }, [reading]);

  const newestMs = (loaded.series[0].at(-1) ?? 0) * 1000;
  const toMs = Math.max(minuteMs + 60_000, newestMs);
  return { ...loaded, fromMs: toMs - hours * 3_600_000, toMs };
}
