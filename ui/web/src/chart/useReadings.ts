import { useEffect, useMemo, useState } from "react";
import type { Observation } from "../api/types";
import { link } from "../live/feed";
import { useStore } from "../state/store";
import { loadObservations, stations } from "../state/world";
import { now, useTicking } from "../time/clock";
import type { Dot } from "./draw";
import { append, byQuality, type Series } from "./series";
import { type Span, spanHours } from "./span";

export interface Readings {
  series: Series;
  dots: Dot[];
  status: "loading" | "ready" | "failed";
  fromMs: number;
  toMs: number;
  /** Readings are drawn as means over so many minutes, without their flags; null while each is drawn. */
  bucketMin: number | null;
}

/** Up to so many readings are drawn one by one, with what quality control says of each. */
const SINGLE_AT_MOST = 3000;
const POINTS = 700;

/** A station's readings of one property over a span of time; a span that ends now goes on with the live stream. */
export function useReadings(station: string, property: string, span: Span, intervalS: number): Readings {
  const [loaded, setLoaded] = useState<{ items: Observation[]; status: Readings["status"] }>({
    items: [],
    status: "loading",
  });
  const live = useStore(link, (status) => status.state === "live");
  const reading = useStore(stations, (s) => s.byId.get(station)?.latest[property]);
  const minuteMs = useTicking((ms) => Math.floor(ms / 60_000) * 60_000);
  const hours = spanHours(span);
  const fixedFrom = "hours" in span ? null : span.fromMs;
  const fixedTo = "hours" in span ? null : span.toMs;
  const single = (hours * 3600) / Math.max(intervalS, 1) <= SINGLE_AT_MOST;
  const bucketMin = single ? null : Math.ceil((hours * 60) / POINTS);

  useEffect(() => {
    void live;
    let gone = false;
    const toMs = fixedTo ?? now() + 60_000;
    const fromMs = fixedFrom ?? toMs - hours * 3_600_000;
    loadObservations(station, property, fromMs, toMs, bucketMin ?? undefined)
      .then((items) => !gone && setLoaded({ items, status: "ready" }))
      .catch(() => !gone && setLoaded({ items: [], status: "failed" }));
    return () => {
      gone = true;
    };
  }, [station, property, hours, fixedFrom, fixedTo, bucketMin, live]);

  const split = useMemo(() => byQuality(loaded.items), [loaded.items]);
  const [tail, setTail] = useState<Series>([[], []]);
  useEffect(() => setTail(split.series), [split]);
  useEffect(() => {
    if (reading === undefined || fixedTo !== null || reading.quality === "bad") return;
    setTail((held) => append(held, reading));
  }, [reading, fixedTo]);

  const dots = useMemo<Dot[]>(
    () =>
      split.doubted.map(({ time, value, wrong, flags }) => ({
        time,
        value,
        look: wrong ? "crossed" : "hollow",
        flags,
      })),
    [split],
  );
  const newestMs = (tail[0].at(-1) ?? 0) * 1000;
  const toMs = fixedTo ?? Math.max(minuteMs + 60_000, newestMs);
  return {
    series: tail,
    dots,
    status: loaded.status,
    fromMs: fixedFrom ?? toMs - hours * 3_600_000,
    toMs,
    bucketMin,
  };
}
