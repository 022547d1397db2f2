import type { ImpactItem, Impacts } from "../api/hazards";
import { Time } from "../design/Time";
import { useT } from "../i18n";
import { useNames } from "../state/names";

const ORDER = ["hamlet", "ford", "road", "bridge", "shelter"];

/** What floods now and what the next level adds, from the province's table. */
export function CaseImpacts({ impacts }: { impacts: Impacts }) {
  const t = useT();
  const names = useNames();
  return (
    <section>
      <h3>{t("ui.impact.now")}</h3>
      {typeof impacts.people === "number" && (
        <p className="strong">{t("ui.impact.at_risk", { count: impacts.people })}</p>
      )}
      {impacts.whole_commune || impacts.items.length > 0 ? (
        <ImpactList impacts={impacts} />
      ) : (
        <p className="muted">{t("ui.impact.none_yet")}</p>
      )}
      {(impacts.next ?? []).map((each) => (
        <div key={`${each.station}-${each.level}`}>
          <h3>
            {t("ui.impact.next", {
              level: t.code(`threshold.${each.level}`),
              station: names(each.station) ?? each.station,
            })}
            {each.at !== null && (
              <>
                {" "}
                · {t("ui.impact.next_at")} <Time iso={each.at} as="short" />
              </>
            )}
          </h3>
          <ImpactList impacts={{ items: each.items, whole_commune: false }} />
        </div>
      ))}
    </section>
  );
}

/** What floods, by kind, with whom it hits and who says so; without an entry, that the whole commune is meant. */
export function ImpactList({ impacts }: { impacts: Impacts }) {
  const t = useT();
  const names = useNames();
  if (impacts.whole_commune || impacts.items.length === 0) {
    return <p className="notice">{t("ui.impact.whole_commune")}</p>;
  }
  const rank = (item: ImpactItem) => (ORDER.indexOf(item.kind) + ORDER.length + 1) % (ORDER.length + 1);
  const sorted = [...impacts.items].sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name, "vi"));
  return (
    <ul className="impact-list">
      {sorted.map((item) => (
        <li key={`${item.kind}-${item.area}-${item.name}`}>
          <span className="tag">{t.maybe(`ui.impact.kind.${item.kind}`) ?? item.kind}</span>
          <span className="grow">
            <span className="strong">{item.name}</span>
            {item.area !== null && (
              <span className="muted"> · {item.area_name ?? names(item.area) ?? item.area}</span>
            )}
            <span className="muted impact-source">
              {typeof item.households === "number" &&
                `${t("ui.impact.households", { count: item.households })} `}
              {typeof item.people === "number" && `${t("ui.impact.people", { count: item.people })} `}
              {item.source !== null && `· ${t.maybe(`source.${item.source}`) ?? item.source}`}
              {item.date !== null && ` · ${dateText(item.date)}`}
              {item.note && ` · ${item.note}`}
            </span>
          </span>
        </li>
      ))}
    </ul>
  );
}

/** `2024-10-05` as `05/10/2024`; whatever else stands there is shown as it is. */
function dateText(date: string): string {
  const parts = /^(\d{4})-(\d\d)-(\d\d)/.exec(date);
  return parts === null ? date : `${parts[3]}/${parts[2]}/${parts[1]}`;
}
