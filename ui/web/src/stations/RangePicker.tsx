import { useState } from "react";
import { RANGES, type Span } from "../chart/span";
import { Dialog } from "../design/Dialog";
import { MomentInput } from "../design/MomentInput";
import { useT } from "../i18n";
import { now } from "../time/clock";

interface Props {
  span: Span;
  onChange: (span: Span) => void;
}

/** 6, 24, 48 hours, 7 days, or from one moment to another. */
export function RangePicker({ span, onChange }: Props) {
  const t = useT();
  const [choosing, setChoosing] = useState(false);
  const fixed = !("hours" in span);
  return (
    <>
      <fieldset className="segmented small">
        <legend className="visually-hidden">{t("ui.chart.span")}</legend>
        {RANGES.map((hours) => (
          <button
            type="button"
            key={hours}
            aria-pressed={!fixed && span.hours === hours}
            onClick={() => onChange({ hours })}
          >
            {hours % 24 === 0 && hours > 48
              ? t("ui.chart.days", { n: hours / 24 })
              : t("ui.chart.hours", { n: hours })}
          </button>
        ))}
        <button type="button" aria-pressed={fixed} aria-haspopup="dialog" onClick={() => setChoosing(true)}>
          {t("ui.chart.custom")}
        </button>
      </fieldset>
      {choosing && (
        <CustomRange
          span={span}
          onClose={() => setChoosing(false)}
          onChoose={(next) => {
            setChoosing(false);
            onChange(next);
          }}
        />
      )}
    </>
  );
}

/** A month of readings is what one chart shows at most. */
const LONGEST_MS = 31 * 86_400_000;

function CustomRange({
  span,
  onClose,
  onChoose,
}: {
  span: Span;
  onClose: () => void;
  onChoose: (span: Span) => void;
}) {
  const t = useT();
  const [fromMs, setFrom] = useState<number | null>(
    "hours" in span ? now() - span.hours * 3_600_000 : span.fromMs,
  );
  const [toMs, setTo] = useState<number | null>("hours" in span ? now() : span.toMs);
  const [problem, setProblem] = useState(false);
  return (
    <Dialog
      title={t("ui.chart.custom_title")}
      onClose={onClose}
      onSubmit={() => {
        if (fromMs === null || toMs === null || fromMs >= toMs || toMs - fromMs > LONGEST_MS)
          setProblem(true);
        else onChoose({ fromMs, toMs });
      }}
      footer={
        <>
          <button type="button" className="button" onClick={onClose}>
            {t("ui.cancel")}
          </button>
          <button type="submit" className="button primary">
            {t("ui.chart.show")}
          </button>
        </>
      }
    >
      <MomentInput label={t("ui.chart.from")} valueMs={fromMs} onChange={setFrom} nowMs={now} />
      <MomentInput label={t("ui.chart.to")} valueMs={toMs} onChange={setTo} nowMs={now} />
      {problem && (
        <p className="notice bad" role="alert">
          {t("ui.chart.custom_wrong")}
        </p>
      )}
    </Dialog>
  );
}
