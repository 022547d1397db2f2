import { useEffect } from "react";
import type { Station, Threshold } from "../api/types";
import { StateTag } from "../console/QueueRow";
import { LevelBadge } from "../design/Level";
import { SourceTag } from "../design/SourceTag";
import { Time } from "../design/Time";
import { HealthTag } from "../devices/HealthTag";
import { useT } from "../i18n";
import { linkTo } from "../shell/router";
import { incidents } from "../state/incidents";
import { digitsOf, trustOf, unitOf } from "../state/quality";
import { useStore } from "../state/store";
import { communes, loadStation } from "../state/world";
import { useTicking } from "../time/clock";
import { durationText } from "../warnings/words";
import { CameraSlot } from "./CameraSlot";
import { HealthCard } from "./HealthCard";
import { ImpactsCard } from "./ImpactsCard";
import { Neighbours } from "./Neighbours";
import { QualityCard } from "./QualityCard";
import { StationSeries } from "./StationSeries";
import { useRiverName } from "./useRiverName";

const THRESHOLDS: Threshold[] = ["bd3", "bd2", "bd1"];

export function StationDetail({ station }: { station: Station }) {
  const t = useT();
  const trust = useTicking((nowMs) => trustOf(station, nowMs));
  const area = useStore(
    communes,
    (list) => list?.features.find((f) => f.properties.code === station.area)?.properties.name ?? null,
  );
  const { id } = station;
  useEffect(() => {
    void loadStation(id).catch(() => undefined);
  }, [id]);
  const hazard = station.hazard_state;
  const river = useRiverName(station.river);
  return (
    <div className="station-page">
      <header className="page-head">
        <a className="back" {...linkTo("/stations")}>
          ← {t("ui.nav.stations")}
        </a>
        <div className="station-title">
          <LevelBadge level={hazard?.level ?? 0} size={36} word="below" />
          <div>
            <h1>{station.name}</h1>
            <p className="case-meta">
              <span>{station.id}</span>
              <span>{t.maybe(`station.kind.${station.kind}`) ?? station.kind}</span>
              {river !== null && <span>{river}</span>}
              {area !== null && <span>{area}</span>}
              {station.health && trust !== "suspect" ? (
                <HealthTag state={station.health.state} />
              ) : (
                <span className={`tag ${trust === "good" ? "ok" : trust === "late" ? "caution" : "bad"}`}>
                  {t.code(`ui.trust.${trust}`)}
                </span>
              )}
              {station.kind === "reservoir" && (
                <a {...linkTo(`/reservoirs/${encodeURIComponent(station.id)}`)}>
                  {t("ui.station.reservoir_page")}
                </a>
              )}
              {station.demo && <span className="tag caution">{t("ui.demo")}</span>}
            </p>
          </div>
        </div>
      </header>
      <div className="station-columns">
        <div className="station-main">
          <StationSeries station={station} />
          <Neighbours stationId={station.id} />
          <ImpactsCard station={station} />
          <div className="station-pair">
            <Thresholds station={station} />
            <Rules station={station} />
          </div>
        </div>
        <div className="station-side">
          <Now station={station} />
          <Readings station={station} />
          <QualityCard station={station} />
          <HealthCard station={station} />
          <Cases stationId={station.id} />
          <CameraSlot />
        </div>
      </div>
    </div>
  );
}

function Now({ station }: { station: Station }) {
  const t = useT();
  const hazard = station.hazard_state;
  if (station.kind !== "river") return null;
  return (
    <section className="card">
      <h2>{t("ui.station.now")}</h2>
      <dl className="pairs">
        <div>
          <dt>{t("ui.station.alarm")}</dt>
          <dd>
            {station.thresholds === null
              ? t("ui.station.no_threshold")
              : hazard?.alarm
                ? t(`threshold.${hazard.alarm}`)
                : t("ui.chart.below_bd1")}
          </dd>
        </div>
        <div>
          <dt>{t("ui.station.rate")}</dt>
          <dd>
            {hazard?.rise_m_per_h == null
              ? "–"
              : t("ui.chart.rate", { rate: signed(t.number(hazard.rise_m_per_h, 2), hazard.rise_m_per_h) })}
          </dd>
        </div>
        {hazard?.next && (
          <div>
            <dt>{t("ui.station.next", { threshold: t(`threshold.${hazard.next.threshold}`) })}</dt>
            <dd>
              {hazard.next.eta_s === null ? t("ui.station.not_rising") : durationText(t, hazard.next.eta_s)}
            </dd>
          </div>
        )}
      </dl>
    </section>
  );
}

function signed(text: string, value: number): string {
  return value > 0 ? `+${text}` : text;
}

function Readings({ station }: { station: Station }) {
  const t = useT();
  const readings = Object.entries(station.latest);
  return (
    <section className="card">
      <h2>{t("ui.station.readings")}</h2>
      <dl className="pairs">
        {readings.map(([property, reading]) => (
          <div key={property}>
            <dt>{t.code(`property.${property}`)}</dt>
            <dd>
              {t.number(reading.value, digitsOf(property))} {unitOf(property)}{" "}
              <span className="muted">
                <Time iso={reading.observed_at} as="absolute" />
              </span>{" "}
              {reading.quality !== "good" && reading.quality !== "ok" && (
                <span className="tag caution">
                  {t.maybe(`quality.${reading.quality}`) ?? reading.quality}
                </span>
              )}
            </dd>
          </div>
        ))}
      </dl>
      {readings.length === 0 && <p className="muted">{t("ui.station.no_readings")}</p>}
    </section>
  );
}

function Cases({ stationId }: { stationId: string }) {
  const t = useT();
  const byId = useStore(incidents, (s) => s.byId);
  const open = [...byId.values()].filter((i) => i.station === stationId && i.state !== "closed");
  return (
    <section className="card">
      <h2>{t("ui.station.cases")}</h2>
      {open.length === 0 && <p className="muted">{t("ui.station.no_cases")}</p>}
      <ul className="case-list">
        {open.map((incident) => (
          <li key={incident.id}>
            <LevelBadge level={incident.level} size={22} word="hidden" />
            <a className="grow" {...linkTo(`/incidents/${incident.id}`)}>
              #{incident.number} {t.local(incident.title)}
            </a>
            <StateTag incident={incident} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Thresholds({ station }: { station: Station }) {
  const t = useT();
  if (station.kind !== "river") return null;
  return (
    <section className="card">
      <h2>{t("ui.station.thresholds")}</h2>
      {station.thresholds === null ? (
        <p className="muted">{t("ui.chart.no_threshold")}</p>
      ) : (
        <dl className="pairs">
          {THRESHOLDS.map((name) => {
            const value = station.thresholds?.[name];
            const source = station.sources?.[name];
            return (
              <div key={name}>
                <dt>{t(`threshold.${name}`)}</dt>
                <dd>
                  {typeof value === "number" ? `${t.number(value, 2)} m` : t("ui.station.not_set")}
                  {typeof value === "number" && " "}
                  {typeof value === "number" && (
                    <SourceTag source={source ?? (station.demo ? "demo" : "unverified")} />
                  )}
                </dd>
              </div>
            );
          })}
        </dl>
      )}
    </section>
  );
}

function Rules({ station }: { station: Station }) {
  const t = useT();
  const rules = Object.entries(station.rules).filter(([, value]) => value !== null);
  return (
    <section className="card">
      <h2>{t("ui.station.rules")}</h2>
      <dl className="pairs wide">
        {rules.map(([name, value]) => (
          <div key={name}>
            <dt>{t.maybe(`rule.${name}`) ?? name}</dt>
            <dd>{typeof value === "number" ? t.number(value) : value}</dd>
          </div>
        ))}
      </dl>
      {rules.length === 0 && <p className="muted">{t("ui.station.no_rules")}</p>}
    </section>
  );
}
