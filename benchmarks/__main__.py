"""`python -m benchmarks [NAME] [OPTIONS]`: one benchmark, or all of them in turn.

`--list` names them, `NAME --help` explains one, `--quick` only shows that they run. A benchmark is a module of this
folder without an underscore in its name and with `main(arguments: list[str]) -> int`; it knows `--quick` and ends its
output with one line of JSON.
"""

import importlib
import sys
from pathlib import Path


def names() -> list[str]:
    """The benchmarks that there are."""
    return sorted(file.stem for file in Path(__file__).parent.glob("*.py") if "_" not in file.stem)


def run(name: str, arguments: list[str]) -> int:
    """Run one; its exit code."""
    code: int = importlib.import_module(f"benchmarks.{name}").main(arguments)
    return code


def main(arguments: list[str]) -> int:
    """0 when all went well, 2 for a request that makes no sense."""
    if arguments == ["--list"]:
        for name in names():
            about = (importlib.import_module(f"benchmarks.{name}").__doc__ or "").partition("\n")[0]
            print(f"{name:10} {about}")
        return 0
    if arguments and not arguments[0].startswith("-"):
        if arguments[0] not in names():
            print(f"no benchmark named {arguments[0]}; there are: {', '.join(names())}", file=sys.stderr)
            return 2
        return run(arguments[0], arguments[1:])
    if arguments not in ([], ["--quick"]):
        print(__doc__, file=sys.stderr)
        return 2
    codes = []
    for name in names():
        print(f"== {name}", flush=True)
        codes.append(run(name, arguments))
    return max(codes)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
