import { useId, useState } from "react";
import { useT } from "../i18n";
import { dateOnly, parseMoment, shortTime } from "../time/ict";

interface Props {
  label: string;
  /** Null while what is typed is not a moment. */
  valueMs: number | null;
  onChange: (ms: number | null) => void;
  /** Hours from now that one press chooses. */
  presetsH?: readonly number[];
  nowMs: () => number;
}

/**
 * A moment in ICT as two plain fields, 24 hours and day first. The browser's own control writes dates in the order
 * of the browser's language, and 04/11 must not mean two days in one room.
 */
export function MomentInput({ label, valueMs, onChange, presetsH = [], nowMs }: Props) {
  const t = useT();
  const id = useId();
  const [time, setTime] = useState(valueMs === null ? "" : shortTime(valueMs));
  const [date, setDate] = useState(valueMs === null ? "" : dateOnly(valueMs));

  const edit = (nextTime: string, nextDate: string) => {
    setTime(nextTime);
    setDate(nextDate);
    onChange(parseMoment(nextTime, nextDate));
  };
  const choose = (ms: number) => edit(shortTime(ms), dateOnly(ms));

  return (
    <fieldset className="moment">
      <legend className="field-label">{label} (ICT)</legend>
      <div className="moment-fields">
        <input
          type="text"
          inputMode="numeric"
          className="moment-time"
          aria-label={t("ui.moment.time", { label })}
          placeholder="18:00"
          value={time}
          onChange={(event) => edit(event.target.value, date)}
          aria-invalid={valueMs === null}
          aria-describedby={`${id}-hint`}
        />
        <input
          type="text"
          inputMode="numeric"
          className="moment-date"
          aria-label={t("ui.moment.date", { label })}
          placeholder="22/11/2026"
          value={date}
          onChange={(event) => edit(time, event.target.value)}
          aria-invalid={valueMs === null}
          aria-describedby={`${id}-hint`}
        />
        {presetsH.map((h) => (
          <button type="button" className="button" key={h} onClick={() => choose(nowMs() + h * 3_600_000)}>
            +{h}h
          </button>
        ))}
      </div>
      <p id={`${id}-hint`} className={valueMs === null ? "hint error-text" : "visually-hidden"}>
        {t("ui.moment.hint")}
      </p>
    </fieldset>
  );
}
