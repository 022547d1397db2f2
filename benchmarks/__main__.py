"""`python -m benchmarks [NAME] [OPTIONS]`: run one benchmark; `--help` after its name lists its options."""

import importlib
import sys

NAMES = ("ingest", "latency")


def main() -> int:
    arguments = sys.argv[1:]
    name = arguments.pop(0) if arguments and not arguments[0].startswith("-") else NAMES[0]
    if name not in NAMES:
        print(f"no benchmark named {name}; there are: {', '.join(NAMES)}", file=sys.stderr)
        return 2
    found: int = importlib.import_module(f"benchmarks.{name}").main(arguments)
    return found


if __name__ == "__main__":
    sys.exit(main())
