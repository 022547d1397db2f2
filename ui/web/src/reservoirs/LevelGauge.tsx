import type { Reservoir } from "../api/hazards";
import { SourceTag } from "../design/SourceTag";
import { useT } from "../i18n";
import { figure } from "./values";

const TOP = 18;
const BOTTOM = 150;

/** The water between dead and normal level; above the normal level it stands out. */
export function LevelGauge({ reservoir }: { reservoir: Reservoir }) {
  const t = useT();
  const level = figure(reservoir.latest.htl);
  const { normal_level_m: normal, dead_level_m: dead } = reservoir;
  if (normal === null || dead === null || normal <= dead) {
    return (
      <>
        <p className="level-latest">
          <span className="level-value">{level === null ? "–" : `${t.number(level, 2)} m`}</span>
        </p>
        <p className="notice">{t("ui.reservoir.no_levels")}</p>
      </>
    );
  }
  const span = normal - dead;
  const y = (value: number) => {
    const part = Math.min(Math.max((value - dead) / span, -0.04), 1.1);
    return BOTTOM - (BOTTOM - TOP - 12) * part;
  };
  const percent = level === null ? null : Math.round(((level - dead) / span) * 100);
  return (
    <div className="gauge">
      <svg viewBox="0 0 120 160" width="120" height="160" aria-hidden="true">
        <path className="gauge-wall" d="M14 6V150H106V6" />
        {level !== null && (
          <rect
            className="gauge-water"
            x="16"
            width="88"
            y={y(Math.min(level, normal))}
            height={Math.max(BOTTOM - 2 - y(Math.min(level, normal)), 0)}
          />
        )}
        {level !== null && level > normal && (
          <rect
            className="gauge-over"
            x="16"
            width="88"
            y={Math.min(y(level), y(normal) - 4)}
            height={Math.max(y(normal) - y(level), 4)}
          />
        )}
        <path className="gauge-line" d={`M14 ${y(normal)}H106`} />
        <path className="gauge-line dead" d={`M14 ${y(dead)}H106`} />
      </svg>
      <dl className="gauge-figures">
        <div className="level-now">
          <dt>{t("ui.station.now")}</dt>
          <dd className="level-value">{level === null ? "–" : `${t.number(level, 2)} m`}</dd>
          {level !== null && percent !== null && (
            <dd className={level > normal ? "bad-text strong" : undefined}>
              {level > normal
                ? t("ui.reservoir.above_normal", { m: t.number(level - normal, 2) })
                : t("ui.reservoir.below_normal", {
                    m: t.number(normal - level, 2),
                    percent: Math.max(percent, 0),
                  })}
            </dd>
          )}
        </div>
        <div>
          <dt>{t("property.hdbt")}</dt>
          <dd>
            {t.number(normal, 2)} m <SourceTag source={reservoir.sources?.normal_level_m} />
          </dd>
        </div>
        <div>
          <dt>{t("property.hc")}</dt>
          <dd>
            {t.number(dead, 2)} m <SourceTag source={reservoir.sources?.dead_level_m} />
          </dd>
        </div>
      </dl>
    </div>
  );
}
