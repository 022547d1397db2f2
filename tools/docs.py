"""Check the links between the documents, then write docs/reference from the program itself.

    python -m tools.docs            both
    python -m tools.docs --check    only the links

The reference is not committed: it is made from the code and would only fall behind it.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = ROOT / "docs" / "reference"
LINK = re.compile(r"(?<!\\)\[[^\]]*\]\(<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\)")
FENCE = re.compile(r"^(```|~~~).*?^\1\s*$", re.MULTILINE | re.DOTALL)
OUTSIDE = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)


def documents(root: Path = ROOT) -> list[Path]:
    """The documents that people read: those at the top, in docs/, in deploy/, beside the packs and the benchmarks."""
    found = [
        *root.glob("*.md"),
        *(file for folder in ("docs", "deploy", "packs", "benchmarks") for file in (root / folder).rglob("*.md")),
    ]
    return sorted(file for file in found if REFERENCE not in file.parents)


def anchors(text: str) -> set[str]:
    """The anchors that a Markdown page has: one for each heading, as code hosts make them."""
    headings = re.findall(r"^#{1,6}\s+(.+?)\s*#*$", FENCE.sub("", text), re.MULTILINE)
    plain = (re.sub(r"[`*_]|\[([^\]]*)\]\([^)]*\)", r"\1", heading) for heading in headings)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in plain}


def broken_links(root: Path = ROOT) -> Iterator[str]:
    """`file: target` for each link that leads nowhere. Addresses outside the repository are not followed."""
    for document in documents(root):
        text = document.read_text("utf-8")
        for target in LINK.findall(FENCE.sub("", text)):
            if OUTSIDE.match(target):
                continue
            path, _, anchor = unquote(target).partition("#")
            file = (document.parent / path).resolve() if path else document
            missing = not file.exists() or not file.is_relative_to(root.resolve())
            if missing or (anchor and file.suffix == ".md" and anchor not in anchors(file.read_text("utf-8"))):
                yield f"{document.relative_to(root)}: {target}"


def write_reference() -> list[Path]:
    """The HTTP description and the command line's help, from the installed program."""
    REFERENCE.mkdir(parents=True, exist_ok=True)
    eoc = str(Path(sys.executable).with_name("eoc"))
    cli = [sys.executable, "-m", "typer", "ui.cli", "utils", "docs", "--name", "eoc", "--title", "Command line"]
    written = []
    for name, command in (("openapi.json", [eoc, "openapi"]), ("cli.md", cli)):
        made = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True).stdout
        (REFERENCE / name).write_bytes(made)
        written.append(REFERENCE / name)
    return written


def main(arguments: list[str]) -> int:
    if broken := list(broken_links()):
        sys.stderr.write("Links that lead nowhere:\n" + "".join(f"  {link}\n" for link in broken))
        return 1
    print(f"Links in {len(documents())} documents: ok")
    if "--check" not in arguments:
        for file in write_reference():
            print(f"Written: {file.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
