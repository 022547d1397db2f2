import { useT } from "../i18n";

export function RainLegend() {
  const t = useT();
  return (
    <ul className="map-legend" aria-label={t("ui.map.legend")}>
      <li>
        <svg width="20" height="20" viewBox="0 0 20 20" aria-hidden="true" className="rain-swatch">
          <circle cx="10" cy="10" r="8" />
        </svg>
        {t("ui.rain.key_known")}
      </li>
      <li>
        <svg width="20" height="20" viewBox="0 0 20 20" aria-hidden="true" className="rain-swatch hollow">
          <circle cx="10" cy="10" r="8" />
          <text x="10" y="14">
            ?
          </text>
        </svg>
        {t("ui.rain.key_unknown")}
      </li>
      {(["low", "medium", "high"] as const).map((each) => (
        <li key={each}>
          <span className={`shade shade-${each}`} aria-hidden="true" />
          {t("ui.rain.key_ground", { word: t(`ui.rain.ground.${each}`) })}
        </li>
      ))}
    </ul>
  );
}
