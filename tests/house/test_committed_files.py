"""What is committed works anywhere: no file names a package registry's host or a folder of some machine."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# Put together from parts, so that this file does not contain what it looks for.
REGISTRY_HOSTS = ["py" + "pi.org", "python" + "hosted.org", "npm" + "js.", "npmmirror" + ".com", "deb." + "debian.org",
                  "crates" + ".io", "proxy." + "golang.org", "ghcr" + ".io", "registry-1." + "docker.io"]  # fmt: skip
MACHINE_PATHS = [r"(?<![\w.)}])/" + folder for folder in ("wor" + "k/", "roo" + "t/", "tmp/" + r"\w/", r"home/\w+/")]
OUTSIDE = [r"\.\./" + "shared/"]
FORBIDDEN = re.compile("|".join([re.escape(host) for host in REGISTRY_HOSTS] + MACHINE_PATHS + OUTSIDE))


def committed_files() -> list[str]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode()
    return [name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def finds(name: str, text: str) -> list[str]:
    """`file:line: match` for each forbidden piece of text."""
    return [
        f"{name}:{number}: {match[0]}"
        for number, line in enumerate(text.splitlines(), 1)
        for match in FORBIDDEN.finditer(line)
    ]


def test_no_committed_file_names_a_registry_or_a_machine() -> None:
    found: list[str] = []
    files = committed_files()
    assert "pyproject.toml" in files
    for name in files:
        found += finds(name, (ROOT / name).read_text("utf-8", "ignore"))
    assert found == []


@pytest.mark.parametrize(
    "line",
    [
        "--index-url https://" + "py" + "pi.org/simple",
        '"resolved": "https://registry.' + "npm" + 'js.org/x/-/x-1.0.0.tgz"',
        "see /" + "wor" + "k/main/eoc",
        "HOME=/" + "roo" + "t/.cache",
        "written to /tmp/" + "w/lock.txt",
    ],
)
def test_the_patterns_find_what_they_are_for(line: str) -> None:
    assert finds("planted", line)


@pytest.mark.parametrize("line", ["tmpfs: [/tmp]", "https://example.vn/" + "wor" + "k/", "the network/worker split"])
def test_the_patterns_leave_the_rest_alone(line: str) -> None:
    assert finds("planted", line) == []


def test_no_lock_with_addresses_is_committed() -> None:
    assert not {"uv.lock", "poetry.lock", "Pipfile.lock", "yarn.lock"} & {Path(name).name for name in committed_files()}


def test_no_secret_or_data_is_committed() -> None:
    names = committed_files()
    assert not [name for name in names if Path(name).name == ".env" or name.startswith("data/")]
    assert not [name for name in names if Path(name).suffix in {".sqlite3", ".db", ".pem", ".key", ".p12"}]
