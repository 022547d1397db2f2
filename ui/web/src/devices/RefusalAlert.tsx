import type { Device } from "../api/hazards";
import { Time } from "../design/Time";
import { useT } from "../i18n";
import { now } from "../time/clock";

const FRESH_MS = 24 * 3_600_000;

/** What the broker refused in the last day: a device that is turned away again and again may be somebody else. */
export function RefusalAlert({ devices }: { devices: readonly Device[] }) {
  const t = useT();
  const refused = devices
    .flatMap((device) => (device.last_refusal === null ? [] : [{ device, refusal: device.last_refusal }]))
    .filter(({ refusal }) => now() - Date.parse(refusal.at) < FRESH_MS)
    .sort((a, b) => Date.parse(b.refusal.at) - Date.parse(a.refusal.at));
  if (refused.length === 0) return null;
  return (
    <details className="notice caution refusals" open={refused.some(({ refusal }) => refusal.count >= 3)}>
      <summary>{t("ui.device.refused", { count: refused.length })}</summary>
      <ul>
        {refused.slice(0, 20).map(({ device, refusal }) => (
          <li key={device.station}>
            <Time iso={refusal.at} as="short" /> · {device.name} · {refusal.what} × {t.number(refusal.count)}
            {refusal.topic !== null && <span className="muted"> · {refusal.topic}</span>}
            {refusal.address !== null && <span className="muted"> · {refusal.address}</span>}
          </li>
        ))}
      </ul>
    </details>
  );
}
