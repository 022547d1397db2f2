import { post } from "../api/client";
import type { Bulletin } from "../api/hazards";
import { useAction } from "../console/useAction";
import { ReasonText } from "../design/Reasons";
import { Time } from "../design/Time";
import { useT } from "../i18n";
import { linkTo } from "../shell/router";
import { useNames } from "../state/names";
import { useMay } from "../state/session";
import { useStore } from "../state/store";
import { pack } from "../state/world";
import { useTicking } from "../time/clock";
import { isEnded, isOverdue } from "./overdue";

export function BulletinDetail({ bulletin, onChanged }: { bulletin: Bulletin; onChanged: () => void }) {
  const t = useT();
  const names = useNames();
  const may = useMay("bulletin");
  const { busy, run } = useAction();
  const hazards = useStore(pack, (p) => p?.hazards);
  const hazard = hazards?.[bulletin.hazard];
  const overdue = useTicking((nowMs) => isOverdue(bulletin, nowMs));
  const ended = isEnded(bulletin);
  const file = `/api/v1/bulletins/${encodeURIComponent(bulletin.id)}/file`;
  return (
    <article className="bulletin-detail" aria-label={t("ui.bulletin.name", { number: bulletin.number })}>
      <header>
        <h2>{t("ui.bulletin.name", { number: bulletin.number })}</h2>
        <p className="case-meta">
          <span>{bulletin.issuer}</span>
          <span>{hazard === undefined ? bulletin.hazard : t.local(hazard.name)}</span>
          <span className="tag">{t.maybe(`ui.bulletin.state.${bulletin.state}`) ?? bulletin.state}</span>
        </p>
      </header>
      <div className="official">
        <p className="official-level">
          <span className="tag hot">{t("ui.bulletin.official")}</span>{" "}
          {bulletin.official_level === null
            ? t("ui.bulletin.no_level")
            : t("ui.bulletin.level", { level: bulletin.official_level })}
        </p>
        {bulletin.mismatch !== null && (
          <p className="notice caution">
            <ReasonText reason={bulletin.mismatch} />
          </p>
        )}
      </div>
      {overdue && (
        <p className="notice bad" role="status">
          {t("ui.bulletin.overdue_long")}
        </p>
      )}
      <dl className="pairs">
        <div>
          <dt>{t("ui.bulletin.issued_at")}</dt>
          <dd>
            <Time iso={bulletin.issued_at} />
          </dd>
        </div>
        {bulletin.valid_until !== null && (
          <div>
            <dt>{t("ui.bulletin.valid_until")}</dt>
            <dd>
              <Time iso={bulletin.valid_until} />
            </dd>
          </div>
        )}
        {bulletin.next_due_at !== null && (
          <div>
            <dt>{t("ui.bulletin.next_due_at")}</dt>
            <dd>
              <Time iso={bulletin.next_due_at} />
            </dd>
          </div>
        )}
        <div>
          <dt>{t("ui.warning.areas")}</dt>
          <dd>
            {bulletin.areas.map((code) => names(code) ?? code).join(", ") || t("ui.bulletin.whole_province")}
          </dd>
        </div>
        {bulletin.incident !== null && (
          <div>
            <dt>{t("ui.warning.of_incident")}</dt>
            <dd>
              <a {...linkTo(`/incidents/${encodeURIComponent(bulletin.incident)}`)}>{t("ui.release.case")}</a>
            </dd>
          </div>
        )}
      </dl>
      {bulletin.text !== null && bulletin.text !== "" && (
        <p className="bulletin-text" lang="vi">
          {bulletin.text}
        </p>
      )}
      <div className="button-row">
        {bulletin.file !== null && (
          <a className="button" href={file} download>
            {t("ui.bulletin.file")}
            {typeof bulletin.file === "object" &&
              bulletin.file.name !== undefined &&
              ` (${bulletin.file.name})`}
          </a>
        )}
        {may && !ended && (
          <>
            <a className="button" {...linkTo(`/bulletins/new?supersedes=${encodeURIComponent(bulletin.id)}`)}>
              {t("ui.bulletin.supersede")}
            </a>
            <button
              type="button"
              className="button"
              disabled={busy}
              onClick={() =>
                void run(
                  () =>
                    post(`/bulletins/${encodeURIComponent(bulletin.id)}/close`, {
                      expected_version: bulletin.version,
                    }),
                  t("ui.bulletin.closed"),
                ).then((ok) => ok && onChanged())
              }
            >
              {t("ui.bulletin.close")}
            </button>
          </>
        )}
      </div>
    </article>
  );
}
