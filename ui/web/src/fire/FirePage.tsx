import { lazy, Suspense, useEffect, useMemo, useState } from "react";
import type { FireDanger, Hotspot } from "../api/hazards";
import type { Level, Page } from "../api/types";
import { setPageTitle } from "../attention/alarm";
import { FireLevel } from "../design/FireLevel";
import { Loaded } from "../design/Loaded";
import { Segmented } from "../design/Segmented";
import { useT } from "../i18n";
import { inMap, MapLoading } from "../rain/RainPage";
import { useKeys } from "../shell/keyboard";
import { useQuery } from "../shell/router";
import { useNames } from "../state/names";
import { useResource } from "../state/resource";
import { useStore } from "../state/store";
import { communes } from "../state/world";
import { useTicking } from "../time/clock";
import { BulletinPanel } from "./BulletinPanel";
import { Burnings } from "./Burnings";
import { dayOf, daysBetween, isDay, shiftDay, showDay } from "./days";
import { FireLegend } from "./FireLegend";
import { FireTable } from "./FireTable";
import { HotspotList } from "./HotspotList";
import { OfficialCard } from "./OfficialCard";
import { FIRE_OVERLAY, levelPoints, spotPoints } from "./overlay";

const HazardMap = lazy(() => import("../map/HazardMap"));
const BACK_DAYS = 30;
const PANELS = ["areas", "bulletin", "burnings", "spots"] as const;
type Panel = (typeof PANELS)[number];

/** `mapless`: for those who may not load the outlines of the province. */
export function FirePage({ mapless = false }: { mapless?: boolean }) {
  const t = useT();
  const names = useNames();
  const [askedDay, setDay] = useQuery("day");
  const [askedPanel, setPanel] = useQuery("panel");
  const [selected, setSelected] = useState<string | null>(null);
  const today = useTicking((ms) => dayOf(ms));
  const panel: Panel = PANELS.find((each) => each === askedPanel) ?? "areas";
  const resource = useResource<FireDanger>(
    isDay(askedDay) ? `/fire/danger?day=${askedDay}` : "/fire/danger",
    {
      topics: ["fire", "system"],
      everyMs: 120_000,
    },
  );
  const spots = useResource<Page<Hotspot>>("/fire/hotspots?hours=48", {
    topics: ["fire"],
    everyMs: 120_000,
  });
  const areas = useStore(communes);
  const danger = resource.data;
  // Without a day asked for, the newest that was computed: today's comes with the reading of 13:00.
  const day = isDay(askedDay) ? askedDay : (danger?.day ?? today);
  useEffect(() => setPageTitle(`${t("ui.nav.fire")} – EOC`), [t]);
  const go = (by: number) => {
    const next = shiftDay(day, by);
    if (next <= today) setDay(next);
  };
  useKeys({
    ArrowLeft: (event) => (inMap(event) ? false : go(-1)),
    ArrowRight: (event) => (inMap(event) ? false : go(1)),
  });

  const levels = useMemo(
    () => new Map<string, Level | null>((danger?.items ?? []).map((each) => [each.area, each.level])),
    [danger],
  );
  const data = useMemo(
    () => ({
      "fire-levels": levelPoints(danger, areas),
      "fire-spots": spotPoints(isDay(askedDay) ? [] : (spots.data?.items ?? [])),
    }),
    [danger, areas, spots.data, askedDay],
  );

  return (
    <div className={mapless ? "map-page mapless" : "map-page"}>
      <h1 className="visually-hidden">{t("ui.nav.fire")}</h1>
      {!mapless && (
        <Suspense fallback={<MapLoading />}>
          <HazardMap
            title={t("ui.fire.map")}
            overlay={FIRE_OVERLAY}
            levels={levels}
            data={data}
            selected={selected}
            onArea={setSelected}
            readout={(code) => {
              const found = danger?.items.find((each) => each.area === code);
              return (
                <>
                  <span className="strong">{found?.name ?? names(code) ?? code}</span>
                  {found !== undefined && <FireLevel level={found.level} size={20} />}
                </>
              );
            }}
            legend={<FireLegend />}
          />
        </Suspense>
      )}
      <section className="map-side" aria-label={t("ui.nav.fire")}>
        <header className="map-side-head">
          <div className="day-picker">
            <button
              type="button"
              className="button icon"
              aria-label={t("ui.fire.day_before")}
              onClick={() => go(-1)}
            >
              ←
            </button>
            <h2>{t("ui.fire.day", { day: showDay(day) })}</h2>
            <button
              type="button"
              className="button icon"
              aria-label={t("ui.fire.day_after")}
              disabled={day >= today}
              onClick={() => go(1)}
            >
              →
            </button>
            {askedDay !== null && (
              <button type="button" className="button" onClick={() => setDay(null)}>
                {t("ui.fire.newest")}
              </button>
            )}
          </div>
          <input
            type="range"
            className="day-slider"
            aria-label={t("ui.fire.day_slider")}
            aria-valuetext={showDay(day)}
            min={-BACK_DAYS}
            max={0}
            value={Math.max(-BACK_DAYS, daysBetween(today, day))}
            onChange={(event) => {
              const next = shiftDay(today, Number(event.target.value));
              setDay(next);
            }}
          />
          <Segmented
            label={t("ui.fire.panel")}
            options={PANELS.map((each) => ({ value: each, text: t(`ui.fire.panel.${each}`) }))}
            value={panel}
            onChange={(next) => setPanel(next === "areas" ? null : next)}
          />
        </header>
        <div className="map-side-body">
          {panel === "areas" && (
            <Loaded resource={resource}>
              {(found) => (
                <>
                  <OfficialCard danger={found} />
                  <FireTable danger={found} selected={selected} onSelect={setSelected} />
                </>
              )}
            </Loaded>
          )}
          {panel === "bulletin" && <BulletinPanel day={day} />}
          {panel === "burnings" && <Burnings areas={danger?.items ?? []} />}
          {panel === "spots" && <HotspotList resource={spots} />}
        </div>
      </section>
    </div>
  );
}
