"""MQTT topic filters: whether one is well formed, matches a topic, or shares topics with another (MQTT 5, 4.7)."""

MAX_BYTES = 65_535


def is_filter(text: str) -> bool:
    """May a source listen here? `+` stands for one whole level, `#` for the rest; `$` topics are not ours."""
    if not text or text.startswith("$") or "\x00" in text or len(text.encode("utf-8", "replace")) > MAX_BYTES:
        return False
    levels = text.split("/")
    if "#" in text and (levels[-1] != "#" or text.count("#") > 1):
        return False
    return all(level == "+" or "+" not in level for level in levels)


def matches(pattern: str, topic: str) -> bool:
    """Does a message on `topic` reach a subscription to `pattern`?"""
    if topic.startswith("$"):
        return False
    wanted, given = pattern.split("/"), topic.split("/")
    for index, level in enumerate(wanted):
        if level == "#":
            return True
        if index >= len(given) or level not in {"+", given[index]}:
            return False
    return len(wanted) == len(given)


def overlap(first: str, second: str) -> bool:
    """Is there any topic that both filters match?"""
    one, two = first.split("/"), second.split("/")
    for index in range(max(len(one), len(two))):
        a = one[index] if index < len(one) else None
        b = two[index] if index < len(two) else None
        if a == "#" or b == "#":
            return True
        if a is None or b is None or ("+" not in {a, b} and a != b):
            return False
    return True


def wildcard_level(pattern: str) -> int | None:
    """The first level that is a `+`, counted from 0: where the name of a device usually stands."""
    levels = pattern.split("/")
    return levels.index("+") if "+" in levels else None
