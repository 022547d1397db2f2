import type { Coded } from "../api/types";
import { type Translator, useT } from "../i18n";
import { presentParams } from "../i18n/params";
import { useNames } from "../state/names";

export function reasonText(
  t: Translator,
  reason: Coded,
  names: (id: string) => string | undefined = () => undefined,
): string {
  return t.code(reason.code, presentParams(t, reason.params, names));
}

/** One coded sentence in the viewer's words. */
export function ReasonText({ reason }: { reason: Coded }) {
  const t = useT();
  const names = useNames();
  return <>{reasonText(t, reason, names)}</>;
}

export function ReasonList({ reasons }: { reasons: readonly Coded[] }) {
  if (reasons.length === 0) return null;
  return (
    <ul className="reason-list">
      {reasons.map((reason, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the same code may stand twice, and the list is never reordered
        <li key={`${reason.code}-${index}`}>
          <ReasonText reason={reason} />
        </li>
      ))}
    </ul>
  );
}
