import type { Hotspot } from "../api/hazards";
import type { Page } from "../api/types";
import { Loaded } from "../design/Loaded";
import { ReasonList } from "../design/Reasons";
import { Time } from "../design/Time";
import { useT } from "../i18n";
import { linkTo } from "../shell/router";
import { useNames } from "../state/names";
import type { Resource } from "../state/resource";

/** What satellites saw. Farmers burn fields: outside a forest mask a spot is a line in a list and no case. */
export function HotspotList({ resource }: { resource: Resource<Page<Hotspot>> }) {
  const t = useT();
  const names = useNames();
  return (
    <>
      <p className="muted side-note">{t("ui.hotspot.explained")}</p>
      <Loaded resource={resource}>
        {({ items }) =>
          items.length === 0 ? (
            <p className="muted side-note">{t("ui.hotspot.none")}</p>
          ) : (
            <ul className="burnings">
              {items.map((each) => (
                <li key={each.key}>
                  <div className="grow">
                    <p className="strong">
                      {each.name ??
                        (each.area === null ? t("ui.case.no_area") : (names(each.area) ?? each.area))}
                    </p>
                    <p className="muted">
                      <Time iso={each.at} /> · {each.satellite ?? each.source ?? ""}
                      {each.confidence != null &&
                        ` · ${t("ui.hotspot.confidence", { value: confidence(each.confidence) })}`}
                      {each.frp_mw != null && ` · ${t.number(each.frp_mw, 1)} MW`}
                    </p>
                    <p className="muted">
                      {t.number(each.lat, 4)}; {t.number(each.lon, 4)}
                    </p>
                    <ReasonList reasons={each.reasons} />
                  </div>
                  {each.incident !== null ? (
                    <a
                      className="button small"
                      {...linkTo(`/incidents/${encodeURIComponent(each.incident)}`)}
                    >
                      {t("ui.release.case")}
                    </a>
                  ) : (
                    <span className="tag">
                      {t.maybe(`ui.hotspot.verdict.${each.verdict}`) ?? each.verdict}
                    </span>
                  )}
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </>
  );

  function confidence(value: string | number): string {
    return typeof value === "number"
      ? `${t.number(value, 0)} %`
      : (t.maybe(`ui.hotspot.sure.${value}`) ?? value);
  }
}
