"""Options of the command line on top of environment and file."""

from pathlib import Path
from typing import Any

from ui.settings import Settings


def read_settings(**given: Any) -> Settings:
    """Settings with the options that were given; None means "not given"."""
    wanted = {name: value for name, value in given.items() if value is not None}
    if "data_dir" in wanted:
        wanted["data_dir"] = Path(wanted["data_dir"])
    return Settings(**wanted)
