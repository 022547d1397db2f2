"""How the tests start Chromium: headless, without asking anything of the Internet."""

from __future__ import annotations

import os
import subprocess
from functools import cache
from typing import Any

from playwright._impl._driver import compute_driver_executable

from tools.build_ui import find_node

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


@cache
def prepare_driver() -> None:
    """Playwright brings a Node that needs a library which bare machines lack (libatomic); then it gets ours."""
    own_node = compute_driver_executable()[0]
    if subprocess.run([own_node, "--version"], capture_output=True, check=False).returncode != 0:
        ours = find_node()
        assert ours, "Playwright's own Node does not start, and there is no other: call make test"
        os.environ["PLAYWRIGHT_NODEJS_PATH"] = ours


def launch_arguments(path: str) -> dict[str, Any]:
    """Arguments of Playwright's `launch` for the browser at `path`; root has no sandbox to give."""
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    return {"executable_path": path, "headless": True, "args": [*QUIET, *SOFTWARE_WEBGL, *sandbox]}
