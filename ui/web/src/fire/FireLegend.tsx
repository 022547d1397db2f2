import { FireLevel } from "../design/FireLevel";
import { useT } from "../i18n";

export function FireLegend() {
  const t = useT();
  return (
    <ul className="map-legend" aria-label={t("ui.map.legend")}>
      {([1, 2, 3, 4, 5, null] as const).map((level) => (
        <li key={level}>
          <FireLevel level={level} size={18} />
        </li>
      ))}
      <li>
        <svg width="32" height="16" viewBox="0 0 32 16" aria-hidden="true" className="spot-swatch">
          <path className="in" d="M8 2L14 8L8 14L2 8z" />
          <path d="M24 2L30 8L24 14L18 8z" />
        </svg>
        {t("ui.fire.key_spots")}
      </li>
    </ul>
  );
}
