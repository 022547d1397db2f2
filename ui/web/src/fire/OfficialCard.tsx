import type { FireDanger } from "../api/hazards";
import { ReasonText } from "../design/Reasons";
import { Time } from "../design/Time";
import { useT } from "../i18n";
import { linkTo } from "../shell/router";

/** The official fire bulletin stands above ours; where the two differ, that is said. */
export function OfficialCard({ danger }: { danger: FireDanger }) {
  const t = useT();
  const { official } = danger;
  if (official === null) {
    return (
      <p className="notice">
        {t("ui.fire.no_official")}{" "}
        <a {...linkTo("/bulletins/new?hazard=forest_fire")}>{t("ui.bulletin.enter")}</a>
      </p>
    );
  }
  return (
    <div className="official">
      <p className="official-level">
        <span className="tag hot">{t("ui.bulletin.official")}</span>{" "}
        {official.official_level !== null && t("ui.bulletin.level", { level: official.official_level })}
      </p>
      <p>
        <a {...linkTo(`/bulletins/${encodeURIComponent(official.id)}`)}>
          {t("ui.bulletin.name", { number: official.number })}
        </a>{" "}
        · {official.issuer} · <Time iso={official.issued_at} as="short" />
      </p>
      {official.mismatch !== null && (
        <p className="notice caution">
          <ReasonText reason={official.mismatch} />
        </p>
      )}
    </div>
  );
}
