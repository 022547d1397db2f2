"""The life of a case: what it is, what signals do to it, what people may do to it. Pure throughout."""

from eoc.incidents.case import Evidence, Incident, Task
from eoc.incidents.commands import Actor, Command, decide
from eoc.incidents.signals import Ruling, absorb, open_case, window_ended

__all__ = [
    "Actor",
    "Command",
    "Evidence",
    "Incident",
    "Ruling",
    "Task",
    "absorb",
    "decide",
    "open_case",
    "window_ended",
]
