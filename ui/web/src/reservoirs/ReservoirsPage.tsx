import { useEffect } from "react";
import type { ReleaseHead, Reservoir } from "../api/hazards";
import type { Page } from "../api/types";
import { setPageTitle } from "../attention/alarm";
import { Loaded } from "../design/Loaded";
import { Time } from "../design/Time";
import { useT } from "../i18n";
import { useKeys } from "../shell/keyboard";
import { linkTo, navigate } from "../shell/router";
import { useResource } from "../state/resource";
import { useMay } from "../state/session";
import { useRiverName } from "../stations/useRiverName";
import { ReleaseLine } from "./ReleaseLine";
import { ReservoirDetail } from "./ReservoirDetail";
import { figure, isOpenRelease, observedAt } from "./values";

const TOPICS = ["station"];

export function ReservoirsPage({ id }: { id: string | null }) {
  const t = useT();
  const mayEnter = useMay("release");
  const reservoirs = useResource<Page<Reservoir>>("/reservoirs", { topics: TOPICS });
  const releases = useResource<Page<ReleaseHead>>("/releases", { topics: TOPICS });
  useEffect(() => {
    if (id === null) setPageTitle(`${t("ui.nav.reservoirs")} – EOC`);
  }, [t, id]);
  useKeys({
    n: () =>
      mayEnter && navigate(`/releases/new${id === null ? "" : `?reservoir=${encodeURIComponent(id)}`}`),
  });
  if (id !== null) return <ReservoirDetail key={id} id={id} />;
  const open = releases.data?.items.filter(isOpenRelease) ?? [];
  const past = releases.data?.items.filter((each) => !isOpenRelease(each)) ?? [];
  return (
    <div className="table-page">
      <header className="page-head page-row">
        <h1>{t("ui.nav.reservoirs")}</h1>
        <span className="spacer" />
        {mayEnter && (
          <a className="button primary" {...linkTo("/releases/new")}>
            {t("ui.release.new")}{" "}
            <span className="key" aria-hidden="true">
              N
            </span>
          </a>
        )}
      </header>
      <section aria-label={t("ui.release.open")} className="release-lines">
        <h2>
          {t("ui.release.open")} <span className="count">{open.length}</span>
        </h2>
        <Loaded resource={releases}>
          {() =>
            open.length === 0 ? (
              <p className="muted">{t("ui.release.none")}</p>
            ) : (
              <ul>
                {open.map((release) => (
                  <ReleaseLine key={release.id} release={release} />
                ))}
              </ul>
            )
          }
        </Loaded>
      </section>
      <section aria-label={t("ui.nav.reservoirs")}>
        <Loaded resource={reservoirs}>
          {({ items }) =>
            items.length === 0 ? (
              <div className="queue-empty">
                <p className="strong">{t("ui.reservoir.none")}</p>
                <p className="muted">{t("ui.station.none_hint")}</p>
              </div>
            ) : (
              <div className="table-scroll">
                <table>
                  <thead>
                    <tr>
                      <th scope="col">{t("ui.reservoir.one")}</th>
                      <th scope="col" className="num">
                        {t("property.htl")}
                      </th>
                      <th scope="col" className="num">
                        {t("ui.reservoir.to_normal")}
                      </th>
                      <th scope="col" className="num">
                        {t("property.qve")}
                      </th>
                      <th scope="col" className="num">
                        {t("ui.reservoir.total")}
                      </th>
                      <th scope="col">{t("ui.reservoir.checks")}</th>
                      <th scope="col">{t("ui.station.observed")}</th>
                    </tr>
                  </thead>
                  <tbody>
                    {items.map((each) => (
                      <Row key={each.id} reservoir={each} />
                    ))}
                  </tbody>
                </table>
              </div>
            )
          }
        </Loaded>
      </section>
      {past.length > 0 && (
        <section aria-label={t("ui.release.past")} className="release-lines past">
          <h2>{t("ui.release.past")}</h2>
          <ul>
            {past.slice(0, 20).map((release) => (
              <ReleaseLine key={release.id} release={release} />
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}

function Row({ reservoir }: { reservoir: Reservoir }) {
  const t = useT();
  const river = useRiverName(reservoir.river);
  const level = figure(reservoir.latest.htl);
  const inflow = figure(reservoir.latest.qve);
  const below = level === null || reservoir.normal_level_m === null ? null : reservoir.normal_level_m - level;
  const at = observedAt(reservoir);
  return (
    <tr>
      <th scope="row">
        <a {...linkTo(`/reservoirs/${encodeURIComponent(reservoir.id)}`)}>{reservoir.name}</a>
        {river !== null && <span className="muted"> · {river}</span>}
      </th>
      <td className="num">{level === null ? "–" : `${t.number(level, 2)} m`}</td>
      <td className={`num${below !== null && below <= 0 ? " bad-text strong" : ""}`}>
        {below === null ? "–" : `${t.number(below, 2)} m`}
      </td>
      <td className="num">{inflow === null ? "–" : `${t.number(inflow, 0)} m³/s`}</td>
      <td className="num">
        {reservoir.total_m3s === null ? "–" : `${t.number(reservoir.total_m3s, 0)} m³/s`}
      </td>
      <td>
        {reservoir.checks.length === 0 ? (
          <span className="muted">{t("ui.reservoir.nothing")}</span>
        ) : (
          <span className="tag caution">
            {t("ui.reservoir.findings", { count: reservoir.checks.length })}
          </span>
        )}
      </td>
      <td>{at === null ? "–" : <Time iso={at} />}</td>
    </tr>
  );
}
