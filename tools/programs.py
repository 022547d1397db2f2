"""Programs that the tests drive and that no Python package brings: Chromium and the Mosquitto broker.

Looked for where they usually are, else installed. The tests ask the same functions where the programs are.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools.commands import SetupError, Succeeds

ROOT = Path(__file__).resolve().parent.parent
BROWSERS = ROOT / ".cache" / "browsers"
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
START_POLICY = Path("/usr/sbin/policy-rc.d")


def search_path() -> str:
    """PATH and the folders of system programs, which an ordinary user's PATH leaves out."""
    return os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/local/sbin", "/usr/sbin", "/sbin"])


def find_mosquitto() -> str | None:
    return shutil.which("mosquitto", path=search_path())


def find_chromium() -> str | None:
    """EOC_TEST_CHROMIUM, else PATH, else the browser that the test runner downloaded. None when there is none."""
    named = os.environ.get("EOC_TEST_CHROMIUM")
    if named:
        return named
    for name in CHROMIUM_NAMES:
        if found := shutil.which(name, path=search_path()):
            return found
    downloaded = sorted(BROWSERS.glob("chromium-*/chrome-linux*/chrome"))
    return str(downloaded[-1]) if downloaded else None


def has_mosquitto() -> bool:
    return find_mosquitto() is not None


def has_chromium() -> bool:
    return find_chromium() is not None


def install_chromium(succeeds: Succeeds, playwright: list[str]) -> str:
    """The test runner's own download, else the distribution's package. Returns where it came from."""
    downloads = {"PLAYWRIGHT_BROWSERS_PATH": str(BROWSERS), "PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT": "20000"}
    if succeeds([*playwright, "install", "--no-shell", "chromium"], downloads, timeout_s=600):
        found = find_chromium()
        # A browser without its system libraries is downloaded all the same, but does not start.
        if found and succeeds([found, "--version"], timeout_s=60):
            return "downloaded"
    shutil.rmtree(BROWSERS, ignore_errors=True)
    if apt_install(succeeds, "chromium") and has_chromium():
        return "installed"
    raise SetupError(
        "The browser tests need Chromium and it could not be installed here. Install the package chromium "
        "(or set EOC_TEST_CHROMIUM to a Chromium or Chrome), then call make test again."
    )


def install_mosquitto(succeeds: Succeeds) -> str:
    if apt_install(succeeds, "mosquitto") and has_mosquitto():
        return "installed"
    raise SetupError(
        "The broker tests need the mosquitto program (version 2) and it could not be installed here. "
        "Install the package mosquitto, then call make test again."
    )


def apt_install(succeeds: Succeeds, package: str) -> bool:
    """Install a Debian or Ubuntu package, as root only. The service that it may bring is not started."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return False
    install = ["apt-get", "install", "--yes", "--no-install-recommends", package]
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    with _no_services_started():
        # A fresh machine has no package list yet, an old one has names that are gone: then fetch the list first.
        return succeeds(install, quiet) or (succeeds(["apt-get", "update"]) and succeeds(install, quiet))


@contextmanager
def _no_services_started() -> Iterator[None]:
    """Debian asks this file whether a package may start its service (policy-rc.d; 101 means no)."""
    if START_POLICY.exists():
        yield
        return
    START_POLICY.write_text("#!/bin/sh\nexit 101\n", "ascii")
    START_POLICY.chmod(0o755)
    try:
        yield
    finally:
        START_POLICY.unlink(missing_ok=True)
