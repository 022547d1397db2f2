import type { Rain } from "../api/hazards";
import { LevelBadge } from "../design/Level";
import { useT } from "../i18n";
import { useNames } from "../state/names";
import { rainOf } from "./windows";

export function RainReadout({
  rain,
  code,
  window,
}: {
  rain: Rain | undefined;
  code: string;
  window: number;
}) {
  const t = useT();
  const names = useNames();
  const area = rain?.areas.find((each) => each.area === code);
  const own = rain?.items.filter((each) => each.area === code) ?? [];
  return (
    <>
      <span className="strong">{area?.name ?? names(code) ?? code}</span>
      {area !== undefined && (
        <span className="map-readout-level">
          <LevelBadge level={area.level ?? 0} size={18} />
          {area.susceptibility !== null &&
            ` · ${t("ui.rain.key_ground", { word: t(`ui.rain.ground.${area.susceptibility}`) })}`}
        </span>
      )}
      {own.map((station) => {
        const mm = rainOf(station, window);
        return (
          <span key={station.station}>
            {station.name}: {mm === null ? "?" : `${t.number(mm, 1)} mm`}
          </span>
        );
      })}
    </>
  );
}
