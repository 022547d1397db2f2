import type { Release } from "../api/hazards";
import { Time } from "../design/Time";
import { useT } from "../i18n";

/** What a notice says: when, how much, sent and received when and how, and whether that was in time. */
export function ReleaseFacts({ release }: { release: Release }) {
  const t = useT();
  const { notice_hours: given, required_hours: required } = release;
  return (
    <dl className="release-facts">
      <div>
        <dt>{t("ui.release.from")}</dt>
        <dd className="strong">
          {release.planned_at === null ? (
            t("ui.release.not_said")
          ) : (
            <Time iso={release.planned_at} as="dated" />
          )}
        </dd>
      </div>
      {release.until !== null && (
        <div>
          <dt>{t("ui.release.until")}</dt>
          <dd>
            <Time iso={release.until} as="short" />
          </dd>
        </div>
      )}
      <div>
        <dt>{t("ui.release.discharge")}</dt>
        <dd className="strong">
          {release.discharge_m3s === null
            ? t("ui.release.not_said")
            : `${t.number(release.discharge_m3s, 0)} m³/s`}
          {release.gates_open !== null && ` · ${t("ui.release.gates", { count: release.gates_open })}`}
          {release.spill_m3s !== null && (
            <span className="under">{t("ui.release.spill", { m3s: t.number(release.spill_m3s, 0) })}</span>
          )}
        </dd>
      </div>
      <div>
        <dt>{t("ui.release.sent")}</dt>
        <dd>
          {release.sent_at === null ? t("ui.release.not_said") : <Time iso={release.sent_at} as="absolute" />}
        </dd>
      </div>
      <div>
        <dt>{t("ui.release.received")}</dt>
        <dd>
          <Time iso={release.updated_at} as="absolute" /> ·{" "}
          {t.maybe(`ui.release.channel.${release.channel}`) ?? release.channel}
          {release.version > 1 && (
            <span className="under muted">
              {t("ui.release.first_heard")} <Time iso={release.received_at} as="absolute" />
            </span>
          )}
        </dd>
      </div>
      <div>
        <dt>{t("ui.release.ahead")}</dt>
        <dd>
          {given === null ? "–" : t("ui.release.hours", { h: t.number(given, 1) })}
          {required !== null && (
            <>
              {" "}
              {t("ui.release.required", { h: t.number(required, 1) })}
              {release.required_source !== null && (
                <span className="muted">
                  {" "}
                  · {t.maybe(`source.${release.required_source}`) ?? release.required_source}
                </span>
              )}
            </>
          )}{" "}
          {release.late && <span className="tag bad">{t("ui.release.late_notice")}</span>}
        </dd>
      </div>
      {release.reason !== null && release.reason !== "" && (
        <div className="wide-fact">
          <dt>{t("ui.release.reason")}</dt>
          <dd>{release.reason}</dd>
        </div>
      )}
    </dl>
  );
}
