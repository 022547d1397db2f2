"""`python -m ui` is `eoc`."""

from ui.cli import main

main()
