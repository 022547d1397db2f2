import type { Level } from "../api/types";
import { useT } from "../i18n";
import { ROMAN, SHAPES } from "./shapes";

interface Props {
  level: 1 | 2 | 3 | 4 | 5 | null;
  size?: number;
  word?: "beside" | "hidden";
}

/** Fire danger I-V: a roman number, a shape and a word. Without a level: hatched, and said so. */
export function FireLevel({ level, size = 28, word = "beside" }: Props) {
  const t = useT();
  const hidden = word === "hidden" ? "visually-hidden" : "level-word";
  if (level === null) {
    return (
      <span className="level fire-none">
        <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" className="hatch-swatch">
          <rect x="3" y="3" width="26" height="26" />
          <path d="M3 13L13 3M3 21L21 3M3 29L29 3M11 29L29 11M19 29L29 19" />
        </svg>
        <span className={hidden}>{t("ui.fire.no_level")}</span>
      </span>
    );
  }
  const shape = SHAPES[level as Level];
  return (
    <span className={`level lv${level}`} data-fire-level={level}>
      <svg className="level-shape" width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
        <path className="fill" d={shape.path} />
        <text x="16" y={shape.textY}>
          {ROMAN[level]}
        </text>
      </svg>
      <span className={hidden}>
        <span className="visually-hidden">{t("ui.fire.level", { level: ROMAN[level] })} </span>
        {t.code(`ui.fire.name.${level}`)}
      </span>
    </span>
  );
}
