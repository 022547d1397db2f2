import type { Device } from "../api/hazards";
import { reasonText } from "../design/Reasons";
import { Time } from "../design/Time";
import { useT } from "../i18n";
import { useNames } from "../state/names";
import { now } from "../time/clock";

const FRESH_MS = 24 * 3_600_000;

/** The newest refusals of the last day: a device that is turned away again and again may be somebody else. */
export function RefusalAlert({ devices }: { devices: readonly Device[] }) {
  const t = useT();
  const names = useNames();
  const refused = devices
    .flatMap((device) => (device.last_refusal === null ? [] : [{ device, refusal: device.last_refusal }]))
    .filter(({ refusal }) => now() - Date.parse(refusal.at) < FRESH_MS)
    .sort((a, b) => Date.parse(b.refusal.at) - Date.parse(a.refusal.at));
  if (refused.length === 0) return null;
  return (
    <details className="notice caution refusals">
      <summary>{t("ui.device.refused", { count: refused.length })}</summary>
      <ul>
        {refused.slice(0, 20).map(({ device, refusal }) => (
          <li key={device.station}>
            <Time iso={refusal.at} as="short" /> · {device.name} ·{" "}
            {t.maybe(`refusal.${refusal.code}`, refusal.params) ?? reasonText(t, refusal, names)}
          </li>
        ))}
      </ul>
    </details>
  );
}
