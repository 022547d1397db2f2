import type { FireArea, FireDanger } from "../api/hazards";
import type { Coded } from "../api/types";
import { FireLevel } from "../design/FireLevel";
import { ReasonText } from "../design/Reasons";
import { useT } from "../i18n";
import { linkTo } from "../shell/router";
import { useNames } from "../state/names";

interface Props {
  danger: FireDanger;
  selected: string | null;
  onSelect: (code: string) => void;
}

const CODES = ["ffmc", "dmc", "dc", "isi", "bui", "fwi"] as const;

/** Communes by danger; the chosen one opens with its figures, table and station, or why there is no level. */
export function FireTable({ danger, selected, onSelect }: Props) {
  const t = useT();
  const sorted = [...danger.items].sort(
    (a, b) =>
      (b.level ?? 0) - (a.level ?? 0) || (b.p ?? -1) - (a.p ?? -1) || a.name.localeCompare(b.name, "vi"),
  );
  if (danger.on === false) return <p className="notice">{t("ui.fire.off")}</p>;
  if (sorted.length === 0) return <p className="muted side-note">{t("ui.fire.nothing")}</p>;
  const constants = danger.fwi_constants ?? {};
  return (
    <>
      <Caveats danger={danger} />
      <table className="compact">
        <thead>
          <tr>
            <th scope="col">{t("ui.fire.danger")}</th>
            <th scope="col">{t("ui.area")}</th>
            <th scope="col" className="num">
              P
            </th>
            <th scope="col" className="num">
              FWI
            </th>
          </tr>
        </thead>
        <tbody>
          {sorted.map((each) => (
            <Row key={each.area} each={each} chosen={each.area === selected} onSelect={onSelect} />
          ))}
        </tbody>
      </table>
      <p className="muted side-note">
        {t("ui.fire.index", { index: t.maybe(`ui.fire.index_name.${danger.index}`) ?? danger.index })}
        {Object.entries(constants).map(([name, value]) => (
          <span key={name}> · {`${t.maybe(`ui.fire.constant.${name}`) ?? name}: ${shown(value)}`}</span>
        ))}
      </p>
      <p className="muted side-note">{t("ui.fire.not_official")}</p>
    </>
  );

  function shown(value: unknown): string {
    if (typeof value === "number") return t.number(value);
    return typeof value === "string" ? (t.maybe(`source.${value}`) ?? value) : JSON.stringify(value);
  }
}

/** What holds for many communes is said once, above the table: why there is no level, or since when days count. */
function Caveats({ danger }: { danger: FireDanger }) {
  const t = useT();
  const groups = new Map<string, { reason: Coded; count: number }>();
  for (const { why } of danger.items) {
    if (why === null) continue;
    const key = JSON.stringify(why);
    groups.set(key, { reason: why, count: (groups.get(key)?.count ?? 0) + 1 });
  }
  const common = [...groups].filter(([, { count }]) => count >= 5).sort(([, a], [, b]) => b.count - a.count);
  return (
    <>
      {common.slice(0, 3).map(([key, { reason, count }]) => (
        <p className="notice caveat" key={key}>
          {t("ui.fire.communes", { count })}: <ReasonText reason={reason} />
        </p>
      ))}
    </>
  );
}

function Row({
  each,
  chosen,
  onSelect,
}: {
  each: FireArea;
  chosen: boolean;
  onSelect: (code: string) => void;
}) {
  const t = useT();
  const names = useNames();
  return (
    <>
      <tr className={chosen ? "chosen" : undefined} data-area={each.area}>
        <td>
          <FireLevel level={each.level} size={24} />
          {each.mismatch != null && <span className="tag caution">{t("ui.bulletin.mismatch")}</span>}
        </td>
        <th scope="row">
          <button type="button" className="link" aria-expanded={chosen} onClick={() => onSelect(each.area)}>
            {each.name}
          </button>
        </th>
        <td className="num">{each.p === null ? "–" : t.number(each.p, 0)}</td>
        <td className="num">{typeof each.fwi?.fwi === "number" ? t.number(each.fwi.fwi, 1) : "–"}</td>
      </tr>
      {chosen && (
        <tr className="chosen-detail">
          <td colSpan={4}>
            {each.why !== null && (
              <p className="notice">
                {each.level === null && `${t("ui.fire.no_level")}: `}
                <ReasonText reason={each.why} />
              </p>
            )}
            {each.official != null && (
              <p>
                <span className="tag hot">{t("ui.bulletin.official")}</span>{" "}
                {t("ui.bulletin.name", { number: each.official.number })}
              </p>
            )}
            {each.mismatch != null && (
              <p className="notice caution">
                <ReasonText reason={each.mismatch} />
              </p>
            )}
            {typeof each.missed_days === "number" && each.missed_days > 0 && (
              <p className="notice">{t("ui.fire.missed", { count: each.missed_days })}</p>
            )}
            {each.station !== null && (
              <p>
                {t("ui.fire.from_station")}{" "}
                <a {...linkTo(`/stations/${encodeURIComponent(each.station)}`)}>
                  {names(each.station) ?? each.station}
                </a>
                {each.distance_km !== null &&
                  ` · ${t("ui.fire.distance", { km: t.number(each.distance_km, 1) })}`}
              </p>
            )}
            {each.table !== null && (
              <p className="muted">
                {t("ui.fire.table", { id: each.table.id })} ·{" "}
                {t.maybe(`source.${each.table.source}`) ?? each.table.source}
              </p>
            )}
            {each.fwi !== null && (
              <dl className="codes">
                {CODES.map((code) => {
                  const value = each.fwi?.[code];
                  return (
                    <div key={code}>
                      <dt>{code.toUpperCase()}</dt>
                      <dd>{typeof value === "number" ? t.number(value, 1) : "–"}</dd>
                    </div>
                  );
                })}
              </dl>
            )}
          </td>
        </tr>
      )}
    </>
  );
}
