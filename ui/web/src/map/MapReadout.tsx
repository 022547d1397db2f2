import { LevelBadge } from "../design/Level";
import { Time } from "../design/Time";
import { useT } from "../i18n";
import { incidents } from "../state/incidents";
import { digitsOf, mainProperty, trustOf, unitOf } from "../state/quality";
import { useStore } from "../state/store";
import { communes, stations } from "../state/world";
import { now } from "../time/clock";

export interface Pointed {
  kind: "incidents" | "stations" | "communes";
  id: string;
  x: number;
  y: number;
}

/** What is under the pointer. Everything it says is also in the queue or on the stations page. */
export function MapReadout({ pointed }: { pointed: Pointed }) {
  return (
    <div className="map-readout" aria-hidden="true" style={{ left: pointed.x, top: pointed.y }}>
      {pointed.kind === "incidents" && <IncidentLines id={pointed.id} />}
      {pointed.kind === "stations" && <StationLines id={pointed.id} />}
      {pointed.kind === "communes" && <CommuneLines code={pointed.id} />}
    </div>
  );
}

function IncidentLines({ id }: { id: string }) {
  const t = useT();
  const incident = useStore(incidents, (s) => s.byId.get(id));
  if (incident === undefined) return null;
  return (
    <>
      <span className="strong">{t.local(incident.title)}</span>
      <span>
        {incident.area_name} · {t.code(`state.${incident.state}`)} ·{" "}
        <Time iso={incident.opened_at} as="age" />
      </span>
    </>
  );
}

function StationLines({ id }: { id: string }) {
  const t = useT();
  const station = useStore(stations, (s) => s.byId.get(id));
  if (station === undefined) return null;
  const property = mainProperty(station);
  const reading = property === null ? undefined : station.latest[property];
  return (
    <>
      <span className="strong">{station.name}</span>
      {property !== null && reading !== undefined && (
        <span>
          {t.number(reading.value, digitsOf(property))} {unitOf(property)} ·{" "}
          <Time iso={reading.observed_at} as="relative" />
        </span>
      )}
      <span>{t.code(`ui.trust.${trustOf(station, now())}`)}</span>
    </>
  );
}

function CommuneLines({ code }: { code: string }) {
  const t = useT();
  const areas = useStore(communes);
  const found = areas?.features.find((feature) => feature.properties.code === code)?.properties;
  if (found === undefined) return null;
  return (
    <>
      <span className="strong">{found.name}</span>
      {found.level === null ? (
        <span>{t("ui.map.no_data")}</span>
      ) : (
        <span className="map-readout-level">
          <LevelBadge level={found.level} size={18} />
          {found.incidents > 0 && <span>· {t("ui.map.incidents", { count: found.incidents })}</span>}
        </span>
      )}
    </>
  );
}
