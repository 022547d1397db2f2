"""The topics of the MQTT contract, `eoc/v1/<id>/<what>`."""

import re
from typing import Final

PREFIX: Final = "eoc/v1/"
OBS_FILTER: Final = "eoc/v1/+/obs"
STATUS_FILTER: Final = "eoc/v1/+/status"
RELEASE_FILTER: Final = "eoc/v1/+/release"

_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


def is_id(text: str) -> bool:
    """May this name a station, reservoir or siren in a topic?"""
    return _ID.fullmatch(text) is not None


def obs(station: str) -> str:
    """Where a station's readings arrive."""
    return f"eoc/v1/{station}/obs"


def ack(station: str) -> str:
    """Where the application acknowledges a station's records."""
    return f"eoc/v1/{station}/ack"


def station_of(topic: str) -> str | None:
    """The id in `eoc/v1/<id>/...`, or None when there is none or it is not a permitted one."""
    parts = topic.split("/", 3)
    if len(parts) == 4 and parts[0] == "eoc" and parts[1] == "v1" and is_id(parts[2]):
        return parts[2]
    return None


def what_of(topic: str) -> str:
    """The last part: `obs`, `status`, `release`, or whatever stands there."""
    return topic.rsplit("/", 1)[-1]
