import type { Bulletin } from "../api/hazards";

const ENDED = ["superseded", "closed", "expired", "ended"];

/** The next bulletin should have come by now and has not. */
export function isOverdue(bulletin: Bulletin, nowMs: number): boolean {
  if (ENDED.includes(bulletin.state)) return false;
  return (
    bulletin.overdue === true || (bulletin.next_due_at !== null && Date.parse(bulletin.next_due_at) < nowMs)
  );
}
