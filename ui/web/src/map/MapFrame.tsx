import type { ReactNode } from "react";
import { LevelBadge } from "../design/Level";
import { LEVELS } from "../design/shapes";
import { useT } from "../i18n";
import { useStore } from "../state/store";
import { pack } from "../state/world";
import { TOGGLES, type Toggle } from "./style";

interface Props {
  failed: boolean;
  hidden: ReadonlySet<Toggle>;
  onToggle: (toggle: Toggle) => void;
  children: ReactNode;
}

/** The frame around the map: layers, legend, and what the lines on it are and whose. */
export function MapFrame({ failed, hidden, onToggle, children }: Props) {
  const t = useT();
  const about = useStore(pack);
  return (
    <section className="map" aria-label={t("ui.map.title")}>
      {children}
      {failed && (
        <div className="map-failed notice bad" role="status">
          {t("ui.map.failed")}
        </div>
      )}
      <details className="map-layers">
        <summary>{t("ui.map.layers")}</summary>
        <div>
          {(Object.keys(TOGGLES) as Toggle[]).map((toggle) => (
            <label className="check" key={toggle}>
              <input type="checkbox" checked={!hidden.has(toggle)} onChange={() => onToggle(toggle)} />
              {t(`ui.map.layer.${toggle}`)}
            </label>
          ))}
        </div>
      </details>
      <div className="map-north" role="img" aria-label={t("ui.map.north_up")}>
        <span aria-hidden="true">{t("ui.map.north")}</span>
      </div>
      <div className="map-foot">
        <ul className="map-legend" aria-label={t("ui.map.legend")}>
          {LEVELS.filter((level) => level > 0).map((level) => (
            <li key={level}>
              <LevelBadge level={level} size={18} />
            </li>
          ))}
          <li>
            <svg width="18" height="14" aria-hidden="true" className="hatch-swatch">
              <path d="M-2 8L8-2M-2 16L16-2M4 18L20 2M12 18L20 10" />
            </svg>
            {t("ui.map.no_data")}
          </li>
          <li>
            <svg width="18" height="18" viewBox="0 0 18 18" aria-hidden="true" className="ring-swatch">
              <circle cx="9" cy="9" r="7" />
            </svg>
            {t("ui.map.unacknowledged")}
          </li>
          <li>
            <svg width="32" height="14" viewBox="0 0 32 14" aria-hidden="true" className="station-swatch">
              <circle cx="7" cy="7" r="4.5" className="solid" />
              <circle cx="23" cy="7" r="4.5" />
            </svg>
            {t("ui.map.station_key")}
          </li>
        </ul>
        <p className="map-note">
          {about?.schematic === true && <span>{t("ui.map.schematic")} · </span>}
          {t("ui.map.scale_note")}
          {(about?.attributions ?? []).length > 0 && <span> · {about?.attributions.join(" · ")}</span>}
        </p>
      </div>
    </section>
  );
}
