import { lazy, Suspense, useMemo } from "react";
import type { Neighbour } from "../api/hazards";
import type { Page } from "../api/types";
import type { ChartLine } from "../chart/TimeChart";
import { useReadings } from "../chart/useReadings";
import { LevelBadge } from "../design/Level";
import { Loaded } from "../design/Loaded";
import { ReasonText } from "../design/Reasons";
import { useT } from "../i18n";
import { linkTo } from "../shell/router";
import { digitsOf, intervalOf, mainProperty, unitOf } from "../state/quality";
import { useResource } from "../state/resource";
import { useStore } from "../state/store";
import { stations } from "../state/world";

const TimeChart = lazy(() => import("../chart/TimeChart"));
const HEIGHT = 110;
const HOURS = 24;

/** Stations that should tell the same story, each on an axis of its own: two gauges have two zeros. */
export function Neighbours({ stationId }: { stationId: string }) {
  const t = useT();
  const resource = useResource<Page<Neighbour>>(`/stations/${encodeURIComponent(stationId)}/neighbours`, {
    everyMs: 300_000,
  });
  return (
    <section className="card">
      <h2>{t("ui.neighbour.title")}</h2>
      <p className="muted">{t("ui.neighbour.note")}</p>
      <Loaded resource={resource}>
        {({ items }) =>
          items.length === 0 ? (
            <p className="muted">{t("ui.neighbour.none")}</p>
          ) : (
            <ul className="neighbours">
              {items.slice(0, 6).map((each) => (
                <li key={each.id}>
                  <Small neighbour={each} />
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </section>
  );
}

function Small({ neighbour }: { neighbour: Neighbour }) {
  const t = useT();
  const station = useStore(stations, (s) => s.byId.get(neighbour.id));
  const property = station === undefined ? null : mainProperty(station);
  const reading = property === null ? undefined : station?.latest[property];
  return (
    <>
      <div className="neighbour-head">
        <LevelBadge level={station?.hazard_state?.level ?? 0} size={20} word="hidden" />
        <a {...linkTo(`/stations/${encodeURIComponent(neighbour.id)}`)}>{neighbour.name}</a>
        <span className="spacer" />
        {property !== null && reading !== undefined && (
          <span className="strong">
            {t.number(reading.value, digitsOf(property))} {unitOf(property)}
          </span>
        )}
      </div>
      <p className="muted">
        {neighbour.relation === null ? (
          (t.maybe(`station.kind.${neighbour.kind}`) ?? neighbour.kind)
        ) : (
          <ReasonText reason={neighbour.relation} />
        )}
      </p>
      {station !== undefined && property !== null && (
        <SmallChart id={station.id} name={station.name} property={property} intervalS={intervalOf(station)} />
      )}
    </>
  );
}

function SmallChart({
  id,
  name,
  property,
  intervalS,
}: {
  id: string;
  name: string;
  property: string;
  intervalS: number;
}) {
  const t = useT();
  const { series, dots, fromMs, toMs } = useReadings(id, property, LAST_DAY, intervalS);
  const label = t.code(`property.${property}`);
  const lines = useMemo<ChartLine[]>(
    () => [{ id: "seen", label, series, token: "--series", last: true, width: 1.5 }],
    [label, series],
  );
  if (series[0].length === 0)
    return <p className="muted neighbour-none">{t("ui.chart.empty", { n: HOURS })}</p>;
  return (
    <Suspense fallback={<div style={{ height: HEIGHT }} />}>
      <TimeChart
        lines={lines}
        dots={dots}
        fromMs={fromMs}
        toMs={toMs}
        height={HEIGHT}
        digits={digitsOf(property)}
        unit={unitOf(property)}
        summary={t("ui.neighbour.described", { station: name, property: label, n: HOURS })}
      />
    </Suspense>
  );
}

const LAST_DAY = { hours: HOURS };
