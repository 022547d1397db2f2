"""The one error of the set-up tools."""


class SetupError(Exception):
    """A step cannot be done. The text is one line for the person at the keyboard: what is wrong and what to do."""
