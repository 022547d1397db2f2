import { lazy, Suspense, useEffect, useMemo, useState } from "react";
import type { Rain } from "../api/hazards";
import type { Level } from "../api/types";
import { setPageTitle } from "../attention/alarm";
import { Loaded } from "../design/Loaded";
import { Segmented } from "../design/Segmented";
import { Time } from "../design/Time";
import { useT } from "../i18n";
import { useKeys } from "../shell/keyboard";
import { useQuery } from "../shell/router";
import { useResource } from "../state/resource";
import { useStore } from "../state/store";
import { communes } from "../state/world";
import { circlesOf, groundOf, RAIN_OVERLAY } from "./overlay";
import { RainAreas } from "./RainAreas";
import { RainLegend } from "./RainLegend";
import { RainReadout } from "./RainReadout";
import { RainTable } from "./RainTable";
import { windowsOf } from "./windows";

const HazardMap = lazy(() => import("../map/HazardMap"));

export function RainPage() {
  const t = useT();
  const [asked, setAsked] = useQuery("window");
  const [selected, setSelected] = useState<string | null>(null);
  const [list, setList] = useState<"stations" | "areas">("stations");
  const resource = useResource<Rain>("/rain", { topics: ["station"], everyMs: 60_000 });
  const areas = useStore(communes);
  const rain = resource.data;
  const windows = windowsOf(rain);
  const window = windows.includes(Number(asked)) ? Number(asked) : 24;
  useEffect(() => setPageTitle(`${t("ui.nav.rain")} – EOC`), [t]);
  const step = (by: number) => {
    const next = windows[windows.indexOf(window) + by];
    if (next !== undefined) setAsked(String(next));
  };
  useKeys({
    ArrowLeft: (event) => inMap(event) || step(-1),
    ArrowRight: (event) => inMap(event) || step(1),
  });

  const levels = useMemo(
    () => new Map<string, Level | null>((rain?.areas ?? []).map((each) => [each.area, each.level ?? 0])),
    [rain],
  );
  const data = useMemo(
    () =>
      rain === undefined
        ? {}
        : {
            "rain-ground": groundOf(rain, areas),
            "rain-stations": circlesOf(rain, window, (mm) => t.number(mm, mm > 0 && mm < 10 ? 1 : 0)),
          },
    [rain, areas, window, t],
  );

  return (
    <div className="map-page">
      <h1 className="visually-hidden">{t("ui.nav.rain")}</h1>
      <Suspense fallback={<MapLoading />}>
        <HazardMap
          title={t("ui.rain.map", { n: window })}
          overlay={RAIN_OVERLAY}
          levels={levels}
          data={data}
          selected={selected}
          onArea={setSelected}
          readout={(code) => <RainReadout rain={rain} code={code} window={window} />}
          legend={<RainLegend />}
        />
      </Suspense>
      <section className="map-side" aria-label={t("ui.nav.rain")}>
        <header className="map-side-head">
          <div className="row-between">
            <h2>{t("ui.rain.window", { n: window })}</h2>
            {rain !== undefined && (
              <span className="muted">
                {t("ui.rain.as_of")} <Time iso={rain.at} as="short" />
              </span>
            )}
          </div>
          <Segmented
            label={t("ui.rain.choose")}
            options={windows.map((n) => ({ value: n, text: t("ui.chart.hours", { n }) }))}
            value={window}
            onChange={(n) => setAsked(String(n))}
          />
          <Segmented
            label={t("ui.rain.list")}
            options={[
              { value: "stations" as const, text: t("ui.rain.stations") },
              { value: "areas" as const, text: t("ui.rain.areas") },
            ]}
            value={list}
            onChange={setList}
          />
        </header>
        <div className="map-side-body">
          <Loaded resource={resource}>
            {(found) =>
              list === "stations" ? (
                <RainTable rain={found} window={window} />
              ) : (
                <RainAreas rain={found} selected={selected} onSelect={setSelected} />
              )
            }
          </Loaded>
          {rain?.rain_day_start_hour != null && (
            <p className="muted side-note">{t("ui.rain.day_start", { hour: rain.rain_day_start_hour })}</p>
          )}
        </div>
      </section>
    </div>
  );
}

/** The arrow keys belong to the map while it has the focus. */
export function inMap(event: KeyboardEvent): boolean {
  const { target } = event;
  return (
    target instanceof HTMLElement &&
    (target.closest(".map-canvas") !== null ||
      target instanceof HTMLInputElement ||
      target instanceof HTMLSelectElement)
  );
}

export function MapLoading() {
  const t = useT();
  return (
    <section className="map map-loading" aria-label={t("ui.map.title")}>
      <p role="status">{t("ui.map.loading")}</p>
    </section>
  );
}
