"""JSON of the public contract: a warning as the API shows it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dispatch.checks import Check
from dispatch.delivery import STATES
from dispatch.desk import Desk
from dispatch.sms.segments import measure
from dispatch.store.audiences import Audience
from dispatch.store.outbox import Tally
from dispatch.store.recipients import Reach
from dispatch.warnings import PublicWarning
from eoc.clock import iso

BEFORE_APPROVAL = ("draft", "submitted", "rejected")
UNDER_WAY = ("approved", "sending")


@dataclass(frozen=True, slots=True)
class View:
    """A warning with everything that is computed around it."""

    warning: PublicWarning
    reach: Reach
    checks: Sequence[Check] = ()
    tally: Tally = Tally({}, 0)
    audience: Audience | None = None


def counts_json(view: View) -> dict[str, int]:
    """Rows by state. Of an approved warning the people whose row is not written yet count as queued."""
    counts = dict.fromkeys(STATES, 0) | view.tally.counts
    if view.warning.state in UNDER_WAY and view.audience is not None and not view.audience.written:
        counts["queued"] += max(0, view.audience.count - view.tally.rows)
    return counts


def warning_json(view: View, desk: Desk, now: datetime) -> dict[str, Any]:
    """See the contract. `audience` is the frozen one from approval on, before that the list as it stands."""
    warning, content = view.warning, view.warning.content
    counts = counts_json(view)
    return {
        "id": warning.id,
        "number": warning.number,
        "incident": warning.origin.incident,
        "level": content.level,
        "hazard": content.hazard,
        "state": warning.state,
        "version": warning.version,
        "text": {"vi": content.text.vi, "vi_plain": content.text.vi_plain, "en": content.text.en},
        "areas": list(content.areas),
        "expires_at": iso(content.expires_at),
        "drafted_by": warning.drafted_by,
        "drafted_at": iso(warning.drafted_at),
        "submitted_by": warning.submitted_by,
        "submitted_at": _time(warning.submitted_at),
        "approved_by": warning.approved_by,
        "approved_at": _time(warning.approved_at),
        "rejected_reason": warning.rejected_reason,
        "audience": view.reach.as_json(),
        "segments": {
            "vi": measure(content.text.vi).as_json(),
            "vi_plain": measure(content.text.vi_plain).as_json(),
        },
        "checks": [check.as_json() for check in view.checks],
        "sender": desk.sender(now),
        "counts": counts,
        "eta_s": _eta_s(view, counts, desk),
        "template": warning.origin.template,
        "drill": warning.origin.drill,
        "authors": list(warning.authors),
    }


def _eta_s(view: View, counts: dict[str, int], desk: Desk) -> int | None:
    """How long sending will take (before it begins) or still takes; None when there is nothing to send."""
    if view.warning.state in UNDER_WAY:
        return desk.eta_s(view.warning, counts["queued"] + counts["sending"])
    if view.warning.state in BEFORE_APPROVAL:
        return desk.eta_s(view.warning, view.reach.count)
    return None


def _time(moment: datetime | None) -> str | None:
    return iso(moment) if moment is not None else None
