import type { Release } from "../api/hazards";
import { Time } from "../design/Time";
import { useT } from "../i18n";

/** Every version of a notice with its originals, and the numbers that the arrival was computed with. */
export function ReleaseRecord({ release }: { release: Release }) {
  const t = useT();
  return (
    <>
      <section className="card">
        <h2>{t("ui.release.versions")}</h2>
        <ul className="party-list">
          {[...release.versions].reverse().map((each) => (
            <li key={each.version}>
              <span className="grow">
                {t("ui.release.version", { version: each.version })} ·{" "}
                {each.cancelled
                  ? t("ui.release.state.cancelled")
                  : each.discharge_m3s === null
                    ? t("ui.release.not_said")
                    : `${t.number(each.discharge_m3s, 0)} m³/s`}
                <span className="muted"> · {t.maybe(`actor.${each.actor}`) ?? each.actor}</span>
              </span>
              <Time iso={each.heard_at} as="absolute" />
            </li>
          ))}
          {release.originals.map((each) => (
            <li key={each.id}>
              <a
                className="grow"
                href={`/api/v1/releases/reads/${encodeURIComponent(each.id)}/original`}
                target="_blank"
                rel="noreferrer"
              >
                {t("ui.release.original", { kind: t.maybe(`ui.release.channel.${each.kind}`) ?? each.kind })}
              </a>
              <Time iso={each.at} as="absolute" />
            </li>
          ))}
        </ul>
      </section>
      {release.routing !== null && <RoutingCard release={release} />}
    </>
  );
}

function RoutingCard({ release }: { release: Release }) {
  const t = useT();
  const { routing } = release;
  if (routing === null) return null;
  const source = (name: string | null | undefined) =>
    name == null ? "" : ` · ${t.maybe(`source.${name}`) ?? name}`;
  return (
    <details className="card">
      <summary>{t("ui.release.routing")}</summary>
      <p className="muted">{t("ui.release.routing_note")}</p>
      <ul className="plain-rows">
        {routing.reaches.map((each) => (
          <li key={each.reach}>
            <span className="strong">
              km {t.number(each.from_km, 0)} – {t.number(each.to_km, 0)}
            </span>
            <span className="under">
              {each.travel_h === null
                ? t("ui.release.no_travel")
                : t("ui.release.travel", {
                    earliest: each.travel_h.earliest ?? "–",
                    likely: each.travel_h.likely ?? "–",
                    latest: each.travel_h.latest ?? "–",
                  })}
              {source(each.travel_h?.source)}
            </span>
            {each.k_h !== null && each.x !== null && (
              <span className="under">
                {t("ui.release.muskingum", { k: each.k_h, x: each.x })}
                {source(each.source)}
              </span>
            )}
          </li>
        ))}
        {release.gauges.map(
          (each) =>
            each.peak !== null && (
              <li key={each.station}>
                <span className="strong">{each.name}</span>
                <span className="under">
                  {t("ui.release.peak", { m3s: t.number(each.peak.discharge_m3s, 0) })}{" "}
                  <Time iso={each.peak.at} as="short" />
                </span>
              </li>
            ),
        )}
      </ul>
    </details>
  );
}
