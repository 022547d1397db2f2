import type { FireDanger } from "../api/hazards";
import { FireLevel } from "../design/FireLevel";
import { Time } from "../design/Time";
import { useT } from "../i18n";
import { linkTo } from "../shell/router";
import { useMay } from "../state/session";

/** The official fire bulletin stands above ours; in how many communes the two differ is said at once. */
export function OfficialCard({ danger }: { danger: FireDanger }) {
  const t = useT();
  const mayEnter = useMay("bulletin");
  const { official } = danger;
  const differing = danger.items.filter((each) => each.mismatch != null).length;
  if (official === null) {
    return (
      <p className="notice">
        {t("ui.fire.no_official")}{" "}
        {mayEnter && <a {...linkTo("/bulletins/new?hazard=forest_fire")}>{t("ui.bulletin.enter")}</a>}
      </p>
    );
  }
  return (
    <div className="official">
      <p className="official-level">
        <span className="tag hot">{t("ui.bulletin.official")}</span>{" "}
        {official.level >= 1 && official.level <= 5 && (
          <FireLevel level={official.level as 1 | 2 | 3 | 4 | 5} />
        )}
      </p>
      <p>
        <a {...linkTo(`/bulletins/${encodeURIComponent(official.bulletin)}`)}>
          {t("ui.bulletin.name", { number: official.number })}
        </a>
        {official.valid_until !== null && (
          <>
            {" "}
            · {t("ui.bulletin.valid_until")} <Time iso={official.valid_until} as="short" />
          </>
        )}
      </p>
      {differing > 0 && <p className="notice caution">{t("ui.fire.differs", { count: differing })}</p>}
    </div>
  );
}
