import type { Level } from "../api/types";
import { useT } from "../i18n";
import { SHAPES } from "./shapes";

interface Props {
  level: Level;
  /** Side of the shape in px. */
  size?: number;
  /** `beside` and `below` show the word; `hidden` leaves it to screen readers. */
  word?: "beside" | "below" | "hidden";
}

/** Operational severity: number, shape and word together, whatever the colour looks like to the viewer. */
export function LevelBadge({ level, size = 30, word = "beside" }: Props) {
  const t = useT();
  const shape = SHAPES[level];
  return (
    <span className={`level lv${level}${word === "below" ? " stacked" : ""}`} data-level={level}>
      <svg className="level-shape" width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
        <path className="fill" d={shape.path} />
        <text x="16" y={shape.textY}>
          {level}
        </text>
      </svg>
      <span className={word === "hidden" ? "visually-hidden" : "level-word"}>
        <span className="visually-hidden">{t("ui.level", { level })} </span>
        {t.code(`level.${level}`)}
      </span>
    </span>
  );
}
