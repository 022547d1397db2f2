import type { Release } from "../api/hazards";
import { Time } from "../design/Time";
import { useT } from "../i18n";
import { linkTo } from "../shell/router";
import { useTicking } from "../time/clock";
import { timeLeft } from "../time/left";
import { downstream, isOpenRelease, owedStep } from "./values";

/** One release in a list: what, when, how many communes still owe a step, and the next arrival. */
export function ReleaseLine({ release }: { release: Release }) {
  const t = useT();
  const communes = downstream(release);
  const owing = communes.filter((each) => owedStep(each) !== null);
  const next = owing.find((each) => each.earliest_at !== null);
  const left = useTicking((nowMs) =>
    next?.earliest_at ? timeLeft(t, Date.parse(next.earliest_at), nowMs) : null,
  );
  return (
    <li>
      <a className="row release-row" {...linkTo(`/releases/${encodeURIComponent(release.id)}`)}>
        <span className="row-main">
          <span className="row-title">
            {release.reservoir_name}
            {release.discharge_m3s !== null && ` · ${t.number(release.discharge_m3s, 0)} m³/s`}
          </span>
          <span className="row-area">
            {t("ui.release.from")} <Time iso={release.planned_at} as="short" />
            {release.notice !== null && ` · ${t("ui.release.number", { number: release.notice })}`}
          </span>
        </span>
        <span className="row-side">
          <span className="row-tags">
            {release.late && <span className="tag bad">{t("ui.release.late_notice")}</span>}
            <span className="tag">{t.maybe(`ui.release.state.${release.state}`) ?? release.state}</span>
          </span>
          {isOpenRelease(release) && (
            <span className={next !== undefined && left === null ? "strong bad-text" : "strong"}>
              {next === undefined
                ? owing.length === 0
                  ? t("ui.release.all_clear")
                  : t("ui.release.owing", { count: owing.length })
                : left === null
                  ? t("ui.release.may_be_there", { name: next.name })
                  : t("ui.release.next", { name: next.name, left })}
            </span>
          )}
        </span>
      </a>
    </li>
  );
}
