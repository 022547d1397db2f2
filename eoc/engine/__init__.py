"""The engine: the one place that moves data between the pure rules and the store."""

from eoc.engine.bulletins import BulletinDesk
from eoc.engine.engine import Engine
from eoc.engine.sequels import Sequels
from eoc.engine.world import CaseLife, World

__all__ = ["BulletinDesk", "CaseLife", "Engine", "Sequels", "World"]
