import type { Bulletin } from "../api/hazards";

/** No longer in force, for whatever reason. */
export function isEnded(bulletin: Bulletin): boolean {
  return bulletin.state !== "current";
}

/** The next bulletin should have come by now and has not. */
export function isOverdue(bulletin: Bulletin, nowMs: number): boolean {
  if (isEnded(bulletin)) return false;
  return (
    bulletin.overdue === true || (bulletin.next_due_at !== null && Date.parse(bulletin.next_due_at) < nowMs)
  );
}
