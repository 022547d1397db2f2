"""The one renderer of the message catalogue: `{code, params}` to a Vietnamese or English sentence.

Keys are flat, placeholders are `{{name}}`, and a key may come as `<key>_one` and `<key>_other`, chosen by the
parameter `count`. The web build imports the same two JSON files.
"""

import json
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Literal

Language = Literal["vi", "en"]
_PLACEHOLDER = re.compile(r"\{\{(\w+)\}\}")


@cache
def catalogue(language: Language) -> Mapping[str, str]:
    """All sentences of a language by key."""
    text = files("eoc").joinpath("messages", f"{language}.json").read_text(encoding="utf-8")
    loaded: dict[str, str] = json.loads(text)
    return loaded


def say(code: str, params: Mapping[str, Any] | None = None, language: Language = "vi") -> str:
    """The sentence for `code`; an unknown code is shown as itself, so that nothing is ever silent."""
    facts = params or {}
    sentences = catalogue(language)
    number = "_one" if facts.get("count") == 1 else "_other"
    sentence = sentences.get(code) or sentences.get(code + number) or code
    return _PLACEHOLDER.sub(lambda found: str(facts.get(found[1], found[0])), sentence)


def placeholders(sentence: str) -> frozenset[str]:
    """The names a sentence expects: {"station", "value_m"}."""
    return frozenset(_PLACEHOLDER.findall(sentence))
