"""A warning with everything that is computed around it, read in the caller's transaction or snapshot."""

from datetime import datetime
from typing import Any

from dispatch import shapes
from dispatch.desk import Desk
from dispatch.gazetteer import everything_inside
from dispatch.shapes import View, warning_json
from dispatch.store import Connection, audiences, outbox, recipients
from dispatch.store.recipients import Reach
from dispatch.warnings import PublicWarning
from eoc.store import bulletins as bulletin_store
from eoc.store import incidents as incident_store


async def reach_of(connection: Connection, desk: Desk, warning: PublicWarning, now: datetime) -> Reach:
    """Who would receive it, as the list stands."""
    return await recipients.reach(connection, everything_inside(desk.pack, warning.content.areas, now))


async def view_json(connection: Connection, desk: Desk, warning: PublicWarning, now: datetime) -> dict[str, Any]:
    """The warning, and the official bulletin that its case goes by, with the number that it is quoted by."""
    shown = await _shown(connection, desk, warning, now)
    return {**shown, "bulletin": await _bulletin(connection, warning)}


async def _bulletin(connection: Connection, warning: PublicWarning) -> dict[str, Any] | None:
    incident = warning.origin.incident
    case = await incident_store.get(connection, incident) if incident is not None else None
    given = await bulletin_store.get(connection, case.bulletin) if case is not None and case.bulletin else None
    if given is None:
        return None
    return {
        "id": given.id,
        "number": given.number,
        "issuer": given.issuer,
        "official_level": given.official_level,
        "state": given.state,
    }


async def _shown(connection: Connection, desk: Desk, warning: PublicWarning, now: datetime) -> dict[str, Any]:
    """Before approval the checks and the list as it stands; from then on the frozen count and the delivery."""
    if warning.state in shapes.BEFORE_APPROVAL or warning.confirmed_count is None:
        reach = await reach_of(connection, desk, warning, now)
        return warning_json(View(warning, reach, desk.review(warning, reach, now)), desk, now)
    view = View(
        warning,
        Reach(warning.confirmed_count),
        tally=await outbox.tally(connection, warning.id),
        audience=await audiences.of_warning(connection, warning.id),
    )
    return warning_json(view, desk, now)
