"""Every way of leaving a test out ends in a failure that says why."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WAYS = {
    "by a mark": "import pytest\n@pytest.mark.skip(reason='no tape')\ndef test_it(): pass\n",
    "by a condition": "import pytest\n@pytest.mark.skipif(True, reason='no tape')\ndef test_it(): pass\n",
    "while it runs": "import pytest\ndef test_it(): pytest.skip('no tape')\n",
    "by its fixture": ("import pytest\n@pytest.fixture\ndef tape(): pytest.skip('no tape')\ndef test_it(tape): pass\n"),
    "as a whole file": "import pytest\npytest.skip('no tape', allow_module_level=True)\n",
    "by a missing package": "import pytest\npytest.importorskip('no_tape', reason='no tape')\n",
    "as an expected failure": (
        "import pytest\n@pytest.mark.xfail(reason='no tape', strict=True)\ndef test_it(): assert False\n"
    ),
}


def run(folder: Path, source: str) -> subprocess.CompletedProcess[str]:
    """Pytest of its own, with nothing but the plugin."""
    (folder / "pytest.ini").write_text("[pytest]\n", "ascii")
    (folder / "test_planted.py").write_text(source, "utf-8")
    command = [sys.executable, "-m", "pytest", "-p", "tests.no_skips", "-p", "no:cacheprovider", "-q", "--rootdir"]
    return subprocess.run(
        [*command, folder, "-c", folder / "pytest.ini", folder],
        cwd=ROOT,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize("way", WAYS)
def test_a_test_that_is_left_out_is_a_failure(tmp_path: Path, way: str) -> None:
    done = run(tmp_path, WAYS[way])
    assert done.returncode != 0, done.stdout
    assert "no tape" in done.stdout
    assert "There are no skipped tests here" in done.stdout


def test_tests_that_run_are_left_alone(tmp_path: Path) -> None:
    done = run(tmp_path, "def test_it(): pass\n")
    assert done.returncode == 0, done.stdout


def test_this_very_run_has_the_plugin(pytestconfig: pytest.Config) -> None:
    names = {hook.plugin_name for hook in pytestconfig.hook.pytest_runtest_makereport.get_hookimpls()}
    assert any(name.endswith("conftest.py") for name in names)
