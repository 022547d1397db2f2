import { useEffect } from "react";
import type { Release, ReleaseHead, Reservoir } from "../api/hazards";
import type { Page } from "../api/types";
import { setPageTitle } from "../attention/alarm";
import { LevelBadge } from "../design/Level";
import { Loaded } from "../design/Loaded";
import { ReasonText } from "../design/Reasons";
import { Time } from "../design/Time";
import { useT } from "../i18n";
import { linkTo } from "../shell/router";
import { useNames } from "../state/names";
import { unitOf } from "../state/quality";
import { useResource } from "../state/resource";
import { useMay } from "../state/session";
import { useRiverName } from "../stations/useRiverName";
import { FlowChart } from "./FlowChart";
import { LevelGauge } from "./LevelGauge";
import { ReleaseClock } from "./ReleaseClock";
import { ReleaseLine } from "./ReleaseLine";
import { figure, isOpenRelease, observedAt } from "./values";

const SHOWN = ["htl", "qve", "qxt", "qxm", "ncxs", "ncxm"] as const;

/** A reservoir: open releases with their clocks first, then levels, flows, findings and what was released before. */
export function ReservoirDetail({ id }: { id: string }) {
  const t = useT();
  const resource = useResource<Reservoir>(`/reservoirs/${encodeURIComponent(id)}`, {
    topics: ["station"],
  });
  const releases = useResource<Page<ReleaseHead>>(`/releases?reservoir=${encodeURIComponent(id)}`, {
    topics: ["station"],
  });
  const name = resource.data?.name ?? id;
  useEffect(() => setPageTitle(`${name} – EOC`), [name]);
  const own = releases.data?.items ?? [];
  return (
    <div className="station-page">
      <a className="back" {...linkTo("/reservoirs")}>
        ← {t("ui.nav.reservoirs")}
      </a>
      <Loaded resource={resource}>
        {(reservoir) => (
          <>
            <Head reservoir={reservoir} />
            <div className="station-columns">
              <div className="station-main">
                {own.filter(isOpenRelease).map((release) => (
                  <OpenRelease key={release.id} id={release.id} />
                ))}
                {releases.data !== undefined && own.filter(isOpenRelease).length === 0 && (
                  <p className="notice">{t("ui.release.none_here")}</p>
                )}
                <FlowChart reservoir={reservoir} />
              </div>
              <div className="station-side">
                <section className="card">
                  <h2>{t("property.htl")}</h2>
                  <LevelGauge reservoir={reservoir} />
                </section>
                <Checks reservoir={reservoir} />
                <Figures reservoir={reservoir} />
                <section className="card">
                  <h2>{t("ui.release.past")}</h2>
                  {own.filter((each) => !isOpenRelease(each)).length === 0 && (
                    <p className="muted">{t("ui.release.none_past")}</p>
                  )}
                  <ul className="release-lines past">
                    {own
                      .filter((each) => !isOpenRelease(each))
                      .slice(0, 8)
                      .map((release) => (
                        <ReleaseLine key={release.id} release={release} />
                      ))}
                  </ul>
                </section>
              </div>
            </div>
          </>
        )}
      </Loaded>
    </div>
  );
}

/** The clock of an open release on its reservoir's page. */
function OpenRelease({ id }: { id: string }) {
  const resource = useResource<Release>(`/releases/${encodeURIComponent(id)}`, {
    topics: ["station"],
    everyMs: 15_000,
  });
  return (
    <Loaded resource={resource}>
      {(release) => <ReleaseClock release={release} onChanged={resource.reload} linked />}
    </Loaded>
  );
}

function Head({ reservoir }: { reservoir: Reservoir }) {
  const t = useT();
  const names = useNames();
  const river = useRiverName(reservoir.river);
  const mayEnter = useMay("release");
  return (
    <header className="page-head page-row">
      <div>
        <h1>{reservoir.name}</h1>
        <p className="case-meta">
          {reservoir.demo === true && <span className="tag caution">{t("ui.demo")}</span>}
          {river !== null && <span>{river}</span>}
          {reservoir.area !== null && <span>{names(reservoir.area) ?? reservoir.area}</span>}
          {reservoir.capacity_hm3 !== null && (
            <span>{t("ui.reservoir.capacity", { hm3: t.number(reservoir.capacity_hm3, 0) })}</span>
          )}
        </p>
      </div>
      <span className="spacer" />
      {mayEnter && (
        <a
          className="button primary"
          {...linkTo(`/releases/new?reservoir=${encodeURIComponent(reservoir.id)}`)}
        >
          {t("ui.release.new")}{" "}
          <span className="key" aria-hidden="true">
            N
          </span>
        </a>
      )}
    </header>
  );
}

function Checks({ reservoir }: { reservoir: Reservoir }) {
  const t = useT();
  return (
    <section className="card">
      <h2>{t("ui.reservoir.checks")}</h2>
      {reservoir.checks.length === 0 ? (
        <p className="muted">{t("ui.reservoir.nothing")}</p>
      ) : (
        <ul className="flag-list">
          {reservoir.checks.map((check) => (
            <li key={`${check.code}-${check.since}`}>
              <div className="flag-head">
                <span>
                  <ReasonText reason={check} />
                </span>
                {typeof check.level === "number" && <LevelBadge level={check.level} size={20} />}
              </div>
              {check.since && (
                <p className="muted">
                  {t("ui.reservoir.since")} <Time iso={check.since} />
                </p>
              )}
            </li>
          ))}
        </ul>
      )}
      {(reservoir.past_checks ?? []).length > 0 && (
        <details>
          <summary>{t("ui.reservoir.past_checks", { count: reservoir.past_checks?.length ?? 0 })}</summary>
          <ul className="flag-list">
            {(reservoir.past_checks ?? []).map((check) => (
              <li key={`${check.code}-${check.since}`}>
                <ReasonText reason={check} />
                <p className="muted">
                  {check.since && <Time iso={check.since} as="short" />} →{" "}
                  <Time iso={check.ended_at} as="short" />
                </p>
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}

function Figures({ reservoir }: { reservoir: Reservoir }) {
  const t = useT();
  const at = observedAt(reservoir);
  return (
    <section className="card">
      <h2>{t("ui.station.readings")}</h2>
      <dl className="pairs">
        {SHOWN.filter((name) => name in reservoir.latest).map((name) => {
          const value = figure(reservoir.latest[name]);
          return (
            <div key={name}>
              <dt>{t(`property.${name}`)}</dt>
              <dd>
                {value === null
                  ? t("ui.health.not_sent")
                  : `${t.number(value, name === "htl" ? 2 : 0)} ${unitOf(name)}`}
              </dd>
            </div>
          );
        })}
        <div>
          <dt>{t("ui.reservoir.total")}</dt>
          <dd className="strong">
            {reservoir.total_m3s === null
              ? t("ui.reservoir.unknown")
              : `${t.number(reservoir.total_m3s, 0)} m³/s`}
          </dd>
        </div>
      </dl>
      {at !== null && (
        <p className="muted">
          {t("ui.station.observed")} <Time iso={at} />
        </p>
      )}
    </section>
  );
}
