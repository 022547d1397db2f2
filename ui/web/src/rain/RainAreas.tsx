import type { Rain } from "../api/hazards";
import { LevelBadge } from "../design/Level";
import { useT } from "../i18n";

interface Props {
  rain: Rain;
  selected: string | null;
  onSelect: (code: string) => void;
}

const RANK = { high: 3, medium: 2, low: 1 } as const;

/** Communes: how easily the ground slides, who says so, and the most rain of 24 hours. */
export function RainAreas({ rain, selected, onSelect }: Props) {
  const t = useT();
  const rank = (each: Rain["areas"][number]) =>
    each.susceptibility === null ? 0 : RANK[each.susceptibility];
  const sorted = [...rain.areas].sort(
    (a, b) =>
      (b.level ?? 0) - (a.level ?? 0) ||
      rank(b) - rank(a) ||
      (b.max_24h_mm ?? -1) - (a.max_24h_mm ?? -1) ||
      a.name.localeCompare(b.name, "vi"),
  );
  if (sorted.length === 0) return <p className="muted side-note">{t("ui.rain.no_areas")}</p>;
  return (
    <table className="compact">
      <thead>
        <tr>
          <th scope="col">{t("ui.station.level")}</th>
          <th scope="col">{t("ui.area")}</th>
          <th scope="col">{t("ui.rain.susceptibility")}</th>
          <th scope="col" className="num">
            {t("ui.rain.mm", { n: 24 })}
          </th>
        </tr>
      </thead>
      <tbody>
        {sorted.map((each) => (
          <tr key={each.area} className={each.area === selected ? "chosen" : undefined}>
            <td>
              <LevelBadge level={each.level ?? 0} size={22} word="hidden" />
            </td>
            <th scope="row">
              <button type="button" className="link" onClick={() => onSelect(each.area)}>
                {each.name}
              </button>
            </th>
            <td>
              {each.susceptibility === null ? (
                <span className="muted">{t("ui.rain.not_entered")}</span>
              ) : (
                <>
                  {t(`ui.rain.ground.${each.susceptibility}`)}
                  {each.source !== null && (
                    <span className="muted under">{t.maybe(`source.${each.source}`) ?? each.source}</span>
                  )}
                </>
              )}
            </td>
            <td className="num">
              {each.max_24h_mm === null
                ? "?"
                : `${(each.missing_min ?? 0) > 0 ? "≥ " : ""}${t.number(each.max_24h_mm, 1)}`}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
