import type { Warning, WarningState } from "../api/types";
import { LevelBadge } from "../design/Level";
import { Time } from "../design/Time";
import { useT } from "../i18n";
import { linkTo } from "../shell/router";
import { mayDo, session } from "../state/session";
import { useStore } from "../state/store";
import { warnings } from "../state/warnings";
import { useAreaNames } from "./areaNames";

const GROUPS: { key: "waiting" | "draft" | "going" | "sent" | "ended"; states: WarningState[] }[] = [
  { key: "waiting", states: ["submitted"] },
  { key: "draft", states: ["draft"] },
  { key: "going", states: ["approved", "sending"] },
  { key: "sent", states: ["sent"] },
  { key: "ended", states: ["rejected", "cancelled", "expired"] },
];

export function WarningList({ selected }: { selected: string | null }) {
  const t = useT();
  const { byId, loaded } = useStore(warnings);
  const role = useStore(session, (s) => (s.kind === "signed_in" ? s.me.role : ""));
  const all = [...byId.values()].sort((a, b) => Date.parse(b.drafted_at) - Date.parse(a.drafted_at));
  return (
    <section className="warning-list" aria-label={t("ui.warning.list")}>
      <header className="list-head">
        <h2>{t("ui.nav.warnings")}</h2>
        <span className="spacer" />
        {mayDo(role, "draft_warning") && (
          <a className="button" {...linkTo("/warnings/new")}>
            {t("ui.warning.new")}
          </a>
        )}
      </header>
      <div className="list-scroll">
        {GROUPS.map(({ key, states }) => {
          const members = all.filter((warning) => states.includes(warning.state));
          if (members.length === 0 && key !== "waiting") return null;
          return (
            <section key={key}>
              <h3 className="list-group">
                {t(`ui.warning.group.${key}`)} <span className="count">{members.length}</span>
              </h3>
              {members.length === 0 && <p className="list-empty muted">{t("ui.warning.none_waiting")}</p>}
              <ul>
                {members.map((warning) => (
                  <WarningRow key={warning.id} warning={warning} selected={warning.id === selected} />
                ))}
              </ul>
            </section>
          );
        })}
        {!loaded && (
          <p className="list-empty muted" role="status">
            {t("ui.loading")}
          </p>
        )}
      </div>
    </section>
  );
}

function WarningRow({ warning, selected }: { warning: Warning; selected: boolean }) {
  const t = useT();
  const names = useAreaNames(warning.areas);
  return (
    <li>
      <a
        className={`row${selected ? " row-selected" : ""}`}
        {...linkTo(`/warnings/${warning.id}`)}
        aria-current={selected ? "true" : undefined}
      >
        <LevelBadge level={warning.level} size={26} word="below" />
        <span className="row-main">
          <span className="row-title">{t("ui.warning.name", { number: warning.number })}</span>
          <span className="row-area truncate">{names.join(", ") || t("ui.warning.no_areas")}</span>
          <span className="row-detail truncate">
            {t("ui.warning.people", { count: warning.audience.count })}
          </span>
        </span>
        <span className="row-side">
          <span className="row-age">
            <Time iso={warning.submitted_at ?? warning.drafted_at} as="age" />
          </span>
          <span className={`tag${warning.state === "submitted" ? " hot" : ""}`}>
            {t.code(`warning.state.${warning.state}`)}
          </span>
        </span>
      </a>
    </li>
  );
}
