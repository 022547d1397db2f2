import { del, post } from "../api/client";
import type { Release } from "../api/hazards";
import { useAction } from "../console/useAction";
import { Time } from "../design/Time";
import { useT } from "../i18n";
import { useMay } from "../state/session";
import { isOpenRelease } from "./values";

/** Who else has to know: dam owners up and down the river, the neighbouring provinces, the province's own bodies. */
export function Parties({ release, onChanged }: { release: Release; onChanged: () => void }) {
  const t = useT();
  const may = useMay("release") && isOpenRelease(release);
  const { busy, run } = useAction();
  const path = (body: string) =>
    `/releases/${encodeURIComponent(release.id)}/parties/${encodeURIComponent(body)}`;
  const act = (work: () => Promise<unknown>) => void run(work).then((ok) => ok && onChanged());
  return (
    <section className="card" aria-label={t("ui.release.parties")}>
      <h2>{t("ui.release.parties")}</h2>
      {release.parties.length === 0 && <p className="muted">{t("ui.release.no_parties")}</p>}
      <ul className="party-list">
        {release.parties.map((party) => (
          <li key={party.body}>
            <span className="grow">
              {t.local(party.name)}
              <span className="muted"> · {t.maybe(`ui.release.party.${party.kind}`) ?? party.kind}</span>
            </span>
            {party.told_at !== null ? (
              <>
                <span className="tag ok">
                  {t("ui.release.told")} <Time iso={party.told_at} as="short" />
                </span>
                {may && (
                  <button
                    type="button"
                    className="button small quiet"
                    disabled={busy}
                    onClick={() => act(() => del(path(party.body)))}
                  >
                    {t("ui.release.undo")}
                    <span className="visually-hidden"> – {t.local(party.name)}</span>
                  </button>
                )}
              </>
            ) : may ? (
              <button
                type="button"
                className="button small"
                disabled={busy}
                onClick={() => act(() => post(path(party.body)))}
              >
                {t("ui.release.tell")}
                <span className="visually-hidden"> – {t.local(party.name)}</span>
              </button>
            ) : (
              <span className="tag caution">{t("ui.release.not_told")}</span>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
