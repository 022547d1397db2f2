import { useEffect } from "react";
import type { Bulletin } from "../api/hazards";
import type { Page } from "../api/types";
import { setPageTitle } from "../attention/alarm";
import { Toasts } from "../console/Toasts";
import { Loaded } from "../design/Loaded";
import { Time } from "../design/Time";
import { useT } from "../i18n";
import { useKeys } from "../shell/keyboard";
import { linkTo, navigate } from "../shell/router";
import { useResource } from "../state/resource";
import { useMay } from "../state/session";
import { useStore } from "../state/store";
import { pack } from "../state/world";
import { useTicking } from "../time/clock";
import { BulletinDetail } from "./BulletinDetail";
import { BulletinForm } from "./BulletinForm";
import { isEnded, isOverdue } from "./overdue";

/** Official bulletins as they came in: the ones in force first, one that is overdue marked. */
export function BulletinsPage({ id }: { id: string | null }) {
  const t = useT();
  const may = useMay("bulletin");
  const resource = useResource<Page<Bulletin>>("/bulletins", { topics: ["system", "incident"] });
  useEffect(() => setPageTitle(`${t("ui.nav.bulletins")} – EOC`), [t]);
  useKeys({ n: () => may && navigate("/bulletins/new"), Escape: () => navigate("/bulletins") });
  const chosen = resource.data?.items.find((each) => each.id === id);
  return (
    <>
      <h1 className="visually-hidden">{t("ui.nav.bulletins")}</h1>
      <section className="warning-list" aria-label={t("ui.bulletin.list")}>
        <header className="list-head">
          <h2>{t("ui.nav.bulletins")}</h2>
          <span className="spacer" />
          {may && (
            <a className="button" {...linkTo("/bulletins/new")}>
              {t("ui.bulletin.new")}{" "}
              <span className="key" aria-hidden="true">
                N
              </span>
            </a>
          )}
        </header>
        <div className="list-scroll">
          <Loaded resource={resource}>{({ items }) => <Groups items={items} selected={id} />}</Loaded>
        </div>
      </section>
      <div className="warning-main">
        {id === "new" ? (
          <BulletinForm onStored={resource.reload} />
        ) : chosen !== undefined ? (
          <BulletinDetail key={chosen.id} bulletin={chosen} onChanged={resource.reload} />
        ) : (
          <div className="empty-page">
            <p className="strong">
              {id !== null && resource.data !== undefined
                ? t("ui.bulletin.missing")
                : t("ui.bulletin.none_chosen")}
            </p>
            <p className="muted">{t("ui.bulletin.none_hint")}</p>
          </div>
        )}
      </div>
      <Toasts />
    </>
  );
}

function Groups({ items, selected }: { items: readonly Bulletin[]; selected: string | null }) {
  const t = useT();
  const newest = (a: Bulletin, b: Bulletin) => Date.parse(b.issued_at) - Date.parse(a.issued_at);
  const groups = {
    in_force: items.filter((each) => !isEnded(each)).sort(newest),
    past: items.filter(isEnded).sort(newest),
  };
  if (items.length === 0) return <p className="list-empty muted">{t("ui.bulletin.none")}</p>;
  return (
    <>
      {(["in_force", "past"] as const).map((key) => (
        <section key={key}>
          <h3 className="list-group">
            {t(`ui.bulletin.group.${key}`)} <span className="count">{groups[key].length}</span>
          </h3>
          {key === "in_force" && groups[key].length === 0 && (
            <p className="list-empty muted">{t("ui.bulletin.none_in_force")}</p>
          )}
          <ul>
            {groups[key].map((each) => (
              <Row key={each.id} bulletin={each} selected={each.id === selected} />
            ))}
          </ul>
        </section>
      ))}
    </>
  );
}

function Row({ bulletin, selected }: { bulletin: Bulletin; selected: boolean }) {
  const t = useT();
  const hazards = useStore(pack, (p) => p?.hazards);
  const hazard = hazards?.[bulletin.hazard];
  const overdue = useTicking((nowMs) => isOverdue(bulletin, nowMs));
  return (
    <li>
      <a
        className={`row${selected ? " row-selected" : ""}`}
        {...linkTo(`/bulletins/${encodeURIComponent(bulletin.id)}`)}
        aria-current={selected ? "true" : undefined}
      >
        <span className="row-main">
          <span className="row-title">
            {hazard === undefined ? bulletin.hazard : t.local(hazard.name)}
            {bulletin.official_level !== null &&
              ` · ${t("ui.bulletin.level", { level: bulletin.official_level })}`}
          </span>
          <span className="row-area truncate">{t("ui.bulletin.name", { number: bulletin.number })}</span>
          <span className="row-detail truncate">{bulletin.issuer}</span>
        </span>
        <span className="row-side">
          <span className="row-age">
            <Time iso={bulletin.issued_at} as="age" />
          </span>
          {overdue ? (
            <span className="tag bad">{t("ui.bulletin.overdue")}</span>
          ) : bulletin.mismatch !== null ? (
            <span className="tag caution">{t("ui.bulletin.mismatch")}</span>
          ) : (
            <span className="tag">{t.maybe(`ui.bulletin.state.${bulletin.state}`) ?? bulletin.state}</span>
          )}
        </span>
      </a>
    </li>
  );
}
