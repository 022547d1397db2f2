"""A sheet to print and take along: a card for each device with what has to be typed in, and the same as a QR code.

The password is on it only when it was issued for this very sheet; nobody can print it a second time.
"""

import base64
import hashlib
import html
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import segno

from eoc.words import say

PREFIX: Final = "eoc-device:"
"""What a QR code of ours begins with; the rest is JSON."""

_STYLE: Final = """
@page { size: A4; margin: 12mm }
body { font: 11pt/1.4 "Be Vietnam Pro", "Noto Sans", Arial, sans-serif; margin: 0 auto; max-width: 186mm; color: #000 }
h1 { font-size: 15pt; margin: 0 0 1mm } .note { margin: 0 0 4mm; font-size: 9.5pt }
.card { border: 0.4mm solid #000; padding: 4mm; margin: 0 0 4mm; display: flex; gap: 6mm; break-inside: avoid }
.card h2 { font-size: 13pt; margin: 0 0 2mm } .card svg { width: 44mm; height: 44mm; flex: none }
table { border-collapse: collapse } td { padding: 0.4mm 3mm 0.4mm 0; vertical-align: top }
td:first-child { color: #333; white-space: nowrap } code { font: 10.5pt/1.3 "Noto Sans Mono", Consolas, monospace }
.secret code { font-weight: 700; font-size: 12pt } .warn { font-weight: 700 }
""".strip()
POLICY: Final = (
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; style-src 'sha256-"
    + base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    + "'"
)
"""Content security policy of the page: its one style, and nothing else."""


@dataclass(frozen=True, slots=True)
class Card:
    """One device. `password` None: not issued now. `username` None: no credential was issued yet."""

    station: str
    name: str
    place: str
    interval_s: float | None
    username: str | None
    password: str | None
    enforced: bool


def payload(card: Card, host: str, port: int, *, tls: bool) -> str:
    """What the QR code says: as much as a set-up program needs, in as few characters as possible."""
    facts: dict[str, Any] = {"v": 1, "id": card.station, "host": host, "port": port, "tls": tls}
    if card.username is not None:
        facts["user"] = card.username
    if card.password is not None:
        facts["password"] = card.password
    facts["topic"] = f"eoc/v1/{card.station}/obs"
    if card.interval_s is not None:
        facts["interval_s"] = card.interval_s
    return PREFIX + json.dumps(facts, separators=(",", ":"), ensure_ascii=True)


def page(cards: Sequence[Card], host: str, port: int, *, tls: bool, province: str, printed_at: str) -> str:
    """The whole page, in Vietnamese."""
    title = html.escape(say("sheet.title", {"province": province}, "vi"))
    note = html.escape(say("sheet.note", {"at": printed_at}, "vi"))
    secret = html.escape(say("sheet.secret", {}, "vi")) if any(each.password for each in cards) else ""
    body = "".join(_card(each, host, port, tls=tls) for each in cards)
    return (
        f'<!doctype html><html lang="vi"><head><meta charset="utf-8"><title>{title}</title>'
        f"<style>{_STYLE}</style></head><body><h1>{title}</h1>"
        f'<p class="note">{note} <span class="warn">{secret}</span></p>{body}</body></html>'
    )


def _card(card: Card, host: str, port: int, *, tls: bool) -> str:
    lines = [
        ("sheet.station", card.station, ""),
        ("sheet.broker", f"{'mqtts' if tls else 'mqtt'}://{host}:{port}", ""),
        ("sheet.topic", f"eoc/v1/{card.station}/obs", ""),
        ("sheet.hears", f"eoc/v1/{card.station}/ack", ""),
        ("sheet.username", card.username or say("sheet.no_credential", {}, "vi"), ""),
    ]
    if card.password is not None:
        lines.append(("sheet.password", card.password, "secret"))
    if card.interval_s is not None:
        lines.append(("sheet.interval", say("sheet.minutes", {"minutes": f"{card.interval_s / 60:g}"}, "vi"), ""))
    rows = "".join(
        f'<tr class="{kind}"><td>{html.escape(say(key, {}, "vi"))}</td><td><code>{html.escape(value)}</code></td></tr>'
        for key, value, kind in lines
    )
    shared = ""
    if card.username is not None and not card.enforced:
        shared = f'<p class="warn">{html.escape(say("sheet.shared", {}, "vi"))}</p>'
    heading = f"<h2>{html.escape(card.name)}</h2><p>{html.escape(card.place)}</p>"
    code = _qr(payload(card, host, port, tls=tls))
    return f'<section class="card">{code}<div>{heading}<table>{rows}</table>{shared}</div></section>'


def _qr(text: str) -> str:
    drawn = io.BytesIO()
    segno.make_qr(text, error="m").save(drawn, kind="svg", xmldecl=False, svgns=True, omitsize=True, border=2)
    return drawn.getvalue().decode()
