import type { Translator } from "../i18n";
import { problemText } from "../i18n/problem";
import type { ActionRefused } from "../state/incidents";
import { now } from "../time/clock";
import { absoluteTime } from "../time/ict";

/** Why an action on a case was not done; with a conflict, who was there first and when. */
export function refusalText(t: Translator, refused: ActionRefused): string {
  const { current } = refused;
  if (current?.acknowledged_by && current.acknowledged_at) {
    return t("ui.refused.taken", {
      actor: current.acknowledged_by,
      time: absoluteTime(Date.parse(current.acknowledged_at), now()),
    });
  }
  if (current?.state === "closed") return t("ui.refused.closed");
  if (current !== null) return t("ui.refused.changed");
  return problemText(t, refused.problem);
}
