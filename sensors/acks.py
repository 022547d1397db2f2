"""The application's own acknowledgement: one message per station (and boot) of a batch, after the commit.

    eoc/v1/<station>/ack   {"boot": "", "seq": [[first, last], ...], "errors": [{"seq", "code"}]}

`seq` are the records that are safe, duplicates among them; `errors` those that went to quarantine.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from eoc.model import Observation, Outcome, Refusal, Verdict
from sensors import topics

_encode = msgspec.json.Encoder().encode


def acknowledgements(
    records: Sequence[Observation], outcomes: Sequence[Outcome], refused: Sequence[Refusal]
) -> list[tuple[str, bytes]]:
    """(topic, payload) of every acknowledgement a settled batch calls for."""
    safe: dict[tuple[str, str], list[int]] = {}
    errors: dict[tuple[str, str], list[dict[str, Any]]] = {}
    quarantined = Verdict.QUARANTINED
    for record, outcome in zip(records, outcomes, strict=True):
        if record.seq is None:
            continue
        key = record.station, record.boot
        if outcome.verdict is not quarantined:
            seqs = safe.get(key)
            if seqs is None:
                safe[key] = [record.seq]
            else:
                seqs.append(record.seq)
        else:
            errors.setdefault(key, []).append({"seq": record.seq, "code": outcome.code})
    for refusal in refused:
        if refusal.station is None or (refusal.seq is None and not refusal.origin.startswith(topics.PREFIX)):
            continue  # nobody who would understand it: a device of another language is not waiting for an answer
        # A record whose number could not be read is still reported, with seq null: somebody may look.
        key = refusal.station, refusal.boot
        errors.setdefault(key, []).append({"seq": refusal.seq, "code": refusal.code})
    return [
        (topics.ack(key[0]), _encode({"boot": key[1], "seq": ranges(safe.get(key, ())), "errors": errors.get(key, ())}))
        for key in dict.fromkeys([*safe, *errors])
    ]


def ranges(seqs: Iterable[int]) -> list[list[int]]:
    """[[first, last], ...] of numbers in any order, repeated ones included: [3, 1, 2, 7] -> [[1, 3], [7, 7]]."""
    merged: list[list[int]] = []
    for seq in sorted(seqs):
        if merged and seq <= merged[-1][1] + 1:
            merged[-1][1] = seq
        else:
            merged.append([seq, seq])
    return merged
