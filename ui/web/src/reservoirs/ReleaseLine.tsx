import type { ReleaseHead } from "../api/hazards";
import { Time } from "../design/Time";
import { useT } from "../i18n";
import { linkTo } from "../shell/router";
import { useTicking } from "../time/clock";
import { timeLeft } from "../time/left";
import { isOpenRelease } from "./values";

/** One release in a list: what, when, how far its communes are, and when the water may reach the first. */
export function ReleaseLine({ release }: { release: ReleaseHead }) {
  const t = useT();
  const { counts, first_earliest_at: first } = release;
  const owing = counts.communes - counts.bank_clear;
  const left = useTicking((nowMs) => (first === null ? null : timeLeft(t, Date.parse(first), nowMs)));
  return (
    <li>
      <a className="row release-row" {...linkTo(`/releases/${encodeURIComponent(release.id)}`)}>
        <span className="row-main">
          <span className="row-title">
            {release.reservoir_name}
            {release.discharge_m3s !== null && ` · ${t.number(release.discharge_m3s, 0)} m³/s`}
          </span>
          <span className="row-area">
            {t("ui.release.from")}{" "}
            {release.planned_at === null ? (
              t("ui.release.not_said")
            ) : (
              <Time iso={release.planned_at} as="short" />
            )}
            {` · ${t("ui.release.number", { number: release.notice })}`}
          </span>
        </span>
        <span className="row-side">
          <span className="row-tags">
            {release.late && <span className="tag bad">{t("ui.release.late_notice")}</span>}
            {counts.late > 0 && isOpenRelease(release) && (
              <span className="tag bad">{t("ui.release.late_communes", { count: counts.late })}</span>
            )}
            <span className="tag">{t(`ui.release.state.${release.state}`)}</span>
          </span>
          {isOpenRelease(release) && counts.communes > 0 && (
            <span className={owing > 0 && left === null ? "strong bad-text" : "strong"}>
              {owing === 0
                ? t("ui.release.all_clear")
                : `${t("ui.release.cleared", { clear: counts.bank_clear, total: counts.communes })}${
                    first === null
                      ? ""
                      : ` · ${left === null ? t("ui.release.first_there") : t("ui.release.first_in", { left })}`
                  }`}
            </span>
          )}
        </span>
      </a>
    </li>
  );
}
