"""`playbooks.yaml`: what has to happen at each severity, who has to know, and by when."""

from typing import Annotated, Literal

from pydantic import Field

from eoc.packs.parts import HazardCode, Id, Level, LocalText, Part, Positive, TemplateId, Whole


class PlaybookTask(Part):
    """One line of the checklist; due `due_min` minutes after the case reached the level."""

    id: Id
    title: LocalText
    owner: Id | None = None
    """Id of the body that does it."""
    due_min: Whole | None = None


class Drafting(Part):
    """Which text to propose, for whom, and how long it holds. A person edits it, a second one approves."""

    template: TemplateId
    threshold: Literal["crossed", "next"] = "crossed"
    """Which alarm level the text names: the one just passed, or the next one up."""
    upstream_km: Annotated[float, Field(strict=True, ge=0)] = 0.0
    downstream_km: Positive
    """The stretch of river around the gauge whose communes are addressed."""
    expires_h: Positive
    next_news_h: Positive | None = None
    update: TemplateId | None = None
    correction: TemplateId | None = None
    ending: TemplateId | None = None


class Playbook(Part):
    """The plan for one hazard at one operational severity."""

    id: Id
    hazard: HazardCode
    level: Level
    drafting: Drafting | None = None
    inform: tuple[Id, ...] = ()
    """Ids of the bodies that must know."""
    tasks: tuple[PlaybookTask, ...] = ()
