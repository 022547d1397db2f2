import type { Bulletin, ReleaseHead } from "../api/hazards";
import type { Incident, Page } from "../api/types";
import { isEnded } from "../bulletins/overdue";
import { ReasonText } from "../design/Reasons";
import { Time } from "../design/Time";
import { useT } from "../i18n";
import { ReleaseLine } from "../reservoirs/ReleaseLine";
import { linkTo } from "../shell/router";
import { useResource } from "../state/resource";

/** The clock of the release that a case is about: one look at who still owes what, one press to the whole. */
export function CaseRelease({ incident }: { incident: Incident }) {
  const t = useT();
  const resource = useResource<Page<ReleaseHead>>(
    incident.hazard === "dam_release" ? `/releases?incident=${encodeURIComponent(incident.id)}` : null,
    {
      topics: ["station"],
    },
  );
  const own = resource.data?.items ?? [];
  if (own.length === 0) return null;
  return (
    <section className="release-lines" aria-label={t("ui.release.clock")}>
      <h3>{t("ui.release.clock")}</h3>
      <ul>
        {own.map((release) => (
          <ReleaseLine key={release.id} release={release} />
        ))}
      </ul>
    </section>
  );
}

/** Official bulletins of a case stand above our own level, with their number and where the two differ. */
export function CaseBulletins({ incident }: { incident: Incident }) {
  const t = useT();
  const resource = useResource<Page<Bulletin>>("/bulletins", {
    topics: ["system", "incident"],
    everyMs: 120_000,
  });
  const own = (resource.data?.items ?? []).filter(
    (each) => !isEnded(each) && (each.incident === incident.id || each.incidents?.includes(incident.id)),
  );
  if (own.length === 0) return null;
  return (
    <>
      {own.map((bulletin) => (
        <div className="official" key={bulletin.id}>
          <p className="official-level">
            <span className="tag hot">{t("ui.bulletin.official")}</span>{" "}
            {bulletin.official_level === null
              ? t("ui.bulletin.no_level")
              : t("ui.bulletin.level", { level: bulletin.official_level })}
          </p>
          <p>
            <a {...linkTo(`/bulletins/${encodeURIComponent(bulletin.id)}`)}>
              {t("ui.bulletin.name", { number: bulletin.number })}
            </a>{" "}
            · {bulletin.issuer} · <Time iso={bulletin.issued_at} as="short" />
          </p>
          {bulletin.mismatch !== null && (
            <p className="notice caution">
              <ReasonText reason={bulletin.mismatch} />
            </p>
          )}
        </div>
      ))}
    </>
  );
}
