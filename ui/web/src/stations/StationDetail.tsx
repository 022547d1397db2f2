import { useEffect } from "react";
import type { Station, Threshold } from "../api/types";
import { CaseChart } from "../console/CaseChart";
import { LevelBadge } from "../design/Level";
import { Time } from "../design/Time";
import { useT } from "../i18n";
import { linkTo } from "../shell/router";
import { digitsOf, trustOf, unitOf } from "../state/quality";
import { useStore } from "../state/store";
import { communes, loadStation } from "../state/world";
import { useTicking } from "../time/clock";
import { durationText } from "../warnings/words";

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
              {station.river && <span>{station.river}</span>}
              {area !== null && <span>{area}</span>}
              <span className={`tag ${trust === "good" ? "ok" : trust === "late" ? "caution" : "bad"}`}>
                {t.code(`ui.trust.${trust}`)}
              </span>
              {station.demo && <span className="tag caution">{t("ui.demo")}</span>}
            </p>
          </div>
        </div>
      </header>
      <div className="station-columns">
        <div className="card">
          <CaseChart stationId={station.id} height={340} initialHours={48} />
        </div>
        <div className="station-side">
          <section className="card">
            <h2>{t("ui.station.now")}</h2>
            <dl className="pairs">
              <div>
                <dt>{t("ui.station.alarm")}</dt>
                <dd>{hazard?.alarm ? t(`threshold.${hazard.alarm}`) : t("ui.chart.below_bd1")}</dd>
              </div>
              <div>
                <dt>{t("ui.station.rate")}</dt>
                <dd>{hazard?.rise_m_per_h == null ? "–" : `${t.number(hazard.rise_m_per_h, 2)} m/h`}</dd>
              </div>
              {hazard?.next && (
                <div>
                  <dt>{t("ui.station.next", { threshold: t(`threshold.${hazard.next.threshold}`) })}</dt>
                  <dd>
                    {hazard.next.eta_s === null
                      ? t("ui.station.not_rising")
                      : durationText(t, hazard.next.eta_s)}
                  </dd>
                </div>
              )}
            </dl>
          </section>
          <section className="card">
            <h2>{t("ui.station.readings")}</h2>
            <dl className="pairs">
              {Object.entries(station.latest).map(([property, reading]) => (
                <div key={property}>
                  <dt>{t.code(`property.${property}`)}</dt>
                  <dd>
                    {t.number(reading.value, digitsOf(property))} {unitOf(property)}{" "}
                    <span className="muted">
                      <Time iso={reading.observed_at} as="absolute" />
                    </span>
                    {reading.quality !== "good" && reading.quality !== "ok" && (
                      <span className="tag caution">
                        {t.maybe(`quality.${reading.quality}`) ?? reading.quality}
                      </span>
                    )}
                  </dd>
                </div>
              ))}
            </dl>
            {Object.keys(station.latest).length === 0 && (
              <p className="muted">{t("ui.station.no_readings")}</p>
            )}
          </section>
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
                        {source !== undefined && typeof value === "number" && (
                          <span className="muted"> · {t.maybe(`source.${source}`) ?? source}</span>
                        )}
                      </dd>
                    </div>
                  );
                })}
              </dl>
            )}
          </section>
          <section className="card">
            <h2>{t("ui.station.rules")}</h2>
            <dl className="pairs">
              {Object.entries(station.rules)
                .filter(([, value]) => value !== null)
                .map(([name, value]) => (
                  <div key={name}>
                    <dt>{t.maybe(`rule.${name}`) ?? name}</dt>
                    <dd>{typeof value === "number" ? t.number(value) : value}</dd>
                  </div>
                ))}
            </dl>
            {Object.keys(station.rules).length === 0 && <p className="muted">{t("ui.station.no_rules")}</p>}
          </section>
        </div>
      </div>
    </div>
  );
}
