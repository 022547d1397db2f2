import type { ReleaseCommune } from "../api/hazards";
import { useTicking } from "../time/clock";

interface Props {
  commune: ReleaseCommune;
  span: { fromMs: number; toMs: number };
}

/** From the earliest to the latest arrival with the likely one marked; all communes share one axis of time. */
export function ArrivalBar({ commune, span }: Props) {
  const part = (ms: number) =>
    Math.min(Math.max(((ms - span.fromMs) / (span.toMs - span.fromMs)) * 100, 0), 100);
  const nowPart = useTicking((nowMs) => Math.round(part(nowMs) * 10) / 10);
  const earliest = commune.earliest_at === null ? null : part(Date.parse(commune.earliest_at));
  const likely = commune.likely_at === null ? null : part(Date.parse(commune.likely_at));
  const latest = commune.latest_at === null ? null : part(Date.parse(commune.latest_at));
  if (earliest === null) return null;
  return (
    <div className="arrival" aria-hidden="true">
      <span
        className="arrival-span"
        style={{
          left: `${earliest}%`,
          width: `${Math.max((latest ?? likely ?? earliest) - earliest, 0.6)}%`,
        }}
      />
      <span className="arrival-early" style={{ left: `${earliest}%` }} />
      {likely !== null && <span className="arrival-likely" style={{ left: `${likely}%` }} />}
      <span className="arrival-now" style={{ left: `${nowPart}%` }} />
    </div>
  );
}
