import type { Release } from "../api/hazards";
import { Time } from "../design/Time";
import { useT } from "../i18n";

/** Who else has to know: dams up and down the river, the neighbouring provinces, the province's own bodies. */
export function Parties({ release }: { release: Release }) {
  const t = useT();
  return (
    <section className="card">
      <h2>{t("ui.release.parties")}</h2>
      {release.parties.length === 0 && <p className="muted">{t("ui.release.no_parties")}</p>}
      <ul className="party-list">
        {release.parties.map((party) => (
          <li key={party.body}>
            <span className="grow">
              {party.name}
              <span className="muted"> · {t.maybe(`ui.release.party.${party.kind}`) ?? party.kind}</span>
            </span>
            {party.told_at === null ? (
              <span className="tag caution">{t("ui.release.not_told")}</span>
            ) : (
              <span className="tag ok">
                {t("ui.release.told")} <Time iso={party.told_at} as="short" />
              </span>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
