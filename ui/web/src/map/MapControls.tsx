import { Icon } from "../design/Icon";
import { useT } from "../i18n";

interface Props {
  disabled: boolean;
  onZoom: (by: 1 | -1) => void;
  onPan: (x: -1 | 0 | 1, y: -1 | 0 | 1) => void;
  onHome: () => void;
}

/** Everything that dragging and pinching does, by single presses. */
export function MapControls({ disabled, onZoom, onPan, onHome }: Props) {
  const t = useT();
  return (
    <fieldset className="map-controls" disabled={disabled}>
      <legend className="visually-hidden">{t("ui.map.controls")}</legend>
      <div className="map-zoom">
        <button type="button" onClick={() => onZoom(1)} aria-label={t("ui.map.zoom_in")}>
          <Icon name="plus" />
        </button>
        <button type="button" onClick={() => onZoom(-1)} aria-label={t("ui.map.zoom_out")}>
          <Icon name="minus" />
        </button>
      </div>
      <div className="map-pan">
        <button type="button" className="n" onClick={() => onPan(0, -1)} aria-label={t("ui.map.pan_north")}>
          <span className="arrow" aria-hidden="true" />
        </button>
        <button type="button" className="w" onClick={() => onPan(-1, 0)} aria-label={t("ui.map.pan_west")}>
          <span className="arrow" aria-hidden="true" />
        </button>
        <button type="button" className="home" onClick={onHome} aria-label={t("ui.map.home")}>
          <Icon name="home" size={16} />
        </button>
        <button type="button" className="e" onClick={() => onPan(1, 0)} aria-label={t("ui.map.pan_east")}>
          <span className="arrow" aria-hidden="true" />
        </button>
        <button type="button" className="s" onClick={() => onPan(0, 1)} aria-label={t("ui.map.pan_south")}>
          <span className="arrow" aria-hidden="true" />
        </button>
      </div>
    </fieldset>
  );
}
