import type { Evidence } from "../api/types";
import { Time } from "../design/Time";
import { useT } from "../i18n";
import { presentParams } from "../i18n/params";
import { useNames } from "../state/names";

const SHOWN = 6;

/** Why this is a case: each piece of evidence with the reasons the rule gave, in words. */
export function EvidenceList({ evidence }: { evidence: readonly Evidence[] }) {
  const t = useT();
  const names = useNames();
  const standing = evidence.filter((item) => !item.detached);
  const newestFirst = [...standing].sort((a, b) => Date.parse(b.observed_at) - Date.parse(a.observed_at));
  return (
    <section>
      <h3>
        {t("ui.case.why")} <span className="count">{standing.length}</span>
      </h3>
      {standing.length === 0 && <p className="muted">{t("ui.case.no_evidence")}</p>}
      <ul className="evidence">
        {newestFirst.slice(0, SHOWN).map((item) => (
          <li key={item.id}>
            <div className="evidence-text">
              {item.reasons.length === 0 ? (
                <p>{t.code(`evidence.${item.source}`, { ref: item.ref })}</p>
              ) : (
                item.reasons.map((reason) => (
                  <p key={reason.code}>{t.code(reason.code, presentParams(t, reason.params, names))}</p>
                ))
              )}
              <p className="muted">
                {t.code(`evidence.source.${item.source}`)}
                {item.ref !== null && <> · {names(item.ref) ?? item.ref}</>} ·{" "}
                <Time iso={item.observed_at} as="absolute" />
              </p>
            </div>
            {item.weight !== null && item.weight < 1 && (
              <span className="muted">{t("ui.case.weight", { weight: t.number(item.weight, 2) })}</span>
            )}
          </li>
        ))}
      </ul>
      {standing.length > SHOWN && (
        <p className="muted">{t("ui.case.more_evidence", { count: standing.length - SHOWN })}</p>
      )}
    </section>
  );
}
