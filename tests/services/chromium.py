"""How the tests start Chromium: headless, without asking anything of the Internet."""

from __future__ import annotations

import os
from typing import Any

# At every start Chromium looks for updates and Google's hosts; on a closed network these requests only cost time.
QUIET = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
]
# The map needs WebGL: drawn by the processor, so that it looks the same on every machine.
SOFTWARE_WEBGL = ["--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]


def launch_arguments(path: str) -> dict[str, Any]:
    """Arguments of Playwright's `launch` for the browser at `path`; root has no sandbox to give."""
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    return {"executable_path": path, "headless": True, "args": [*QUIET, *SOFTWARE_WEBGL, *sandbox]}
