"""A fire bulletin as a page to print: Vietnamese, black on white, one table, signature lines.

Layout after article 27 of Decision 18/2021/QĐ-TTg as far as its contents are known: danger levels and where, and what
to do. A draft says so.
"""

from html import escape
from typing import Any

from eoc.packs.fire import DangerWord
from eoc.words import say
from ui.parts import Parts

_ROMAN = ("", "I", "II", "III", "IV", "V")
_STYLE = (
    "body{font:14px/1.45 'Times New Roman',serif;margin:18mm;color:#000}"
    "h1{font-size:18px;text-align:center;margin:0 0 4px}"
    "table{border-collapse:collapse;width:100%;margin:10px 0}"
    "th,td{border:1px solid #000;padding:3px 6px;text-align:left;vertical-align:top}"
    "p.draft{border:2px solid #000;padding:4px;text-align:center;font-weight:bold}"
    "div.sign{margin:24px 0 0 55%;text-align:center}"
)


def bulletin_page(bulletin: dict[str, Any], parts: Parts) -> str:
    """The whole page."""
    words = {word.level: word for word in parts.pack.fire.levels}
    day = ".".join(reversed(bulletin["day"].split("-")))
    state = _say("fire_page.draft") if bulletin["state"] == "draft" else ""
    rows = "".join(_row(each, words) for each in bulletin["items"])
    owners = "".join(
        f"<tr><td>{escape(str(each['name']))}</td><td>{_ROMAN[each['level']]}</td>"
        f"<td>{escape(', '.join(str(parts.places.area_name(area) or area) for area in each['areas']))}</td></tr>"
        for each in bulletin["owners"]
    )
    actions = "".join(
        f"<li><b>{escape(words[level].name.vi)}</b>: {escape(action.vi)}</li>"
        for level in sorted({int(each["level"]) for each in bulletin["items"]}, reverse=True)
        if level in words and (action := words[level].action) is not None
    )
    constants = bulletin.get("constants") or {}
    return (
        f"<!doctype html><html lang='vi'><meta charset='utf-8'><title>{_say('fire_page.title', day=day)}</title>"
        f"<style>{_STYLE}</style>"
        + (f"<p class='draft'>{state}</p>" if state else "")
        + f"<h1>{_say('fire_page.title', day=day)}</h1>"
        + f"<p>{_say('fire_page.basis', decree=bulletin['decree'], articles=bulletin['articles'])}</p>"
        + f"<table><tr><th>{_say('fire_page.commune')}</th><th>{_say('fire_page.level')}</th><th>P</th>"
        + f"<th>{_say('fire_page.notes')}</th></tr>{rows}</table>"
        + (f"<table><tr><th>{_say('fire_page.owner')}</th><th>{_say('fire_page.level')}</th>"
           f"<th>{_say('fire_page.commune')}</th></tr>{owners}</table>" if owners else "")
        + f"<ul>{actions}</ul>"
        + f"<p>{_say('fire_page.not_computed', count=bulletin['not_computed'])} "
        + (f"{_say('fire_page.constants', ffmc=constants['ffmc'])}" if constants else "")
        + "</p>"
        + _signature(bulletin)
    )  # fmt: skip


def bulletin_text(bulletin: dict[str, Any], parts: Parts) -> str:
    """The bulletin in a few lines, for a chat, a phone call or a loudspeaker."""
    words = {word.level: word.name.vi for word in parts.pack.fire.levels}
    by_level: dict[int, list[str]] = {}
    for item in bulletin["items"]:
        by_level.setdefault(int(item["level"]), []).append(str(item["name"] or item["area"]))
    day = ".".join(reversed(bulletin["day"].split("-")))
    lines = [say("fire_page.title", {"day": day}, "vi")]
    if bulletin["state"] == "draft":
        lines.insert(0, say("fire_page.draft", {}, "vi"))
    lines += [
        f"{words.get(level, _ROMAN[level])}: {', '.join(by_level[level])}." for level in sorted(by_level, reverse=True)
    ]
    owners = ", ".join(str(each["name"]) for each in bulletin["owners"])
    return "\n".join([*lines, f"{say('fire_page.owner', {}, 'vi')}: {owners}."] if owners else lines)


def _row(item: dict[str, Any], words: dict[int, DangerWord]) -> str:
    level = int(item["level"])
    name = words[level].name.vi if level in words else _ROMAN[level]
    notes = []
    if item["official"]:
        notes.append(_say("fire_page.official", number=item["official"]["number"]))
    notes += [say(each["code"], each["params"], "vi") for each in (item["mismatch"], item["why"]) if each]
    p = "" if item["p"] is None else f"{item['p']:,}".replace(",", ".")
    cells = [str(item["name"]), name, p, "; ".join(notes)]
    return "<tr>" + "".join(f"<td>{escape(each)}</td>" for each in cells) + "</tr>"


def _signature(bulletin: dict[str, Any]) -> str:
    signer = escape(str((bulletin["signer"] or {}).get("name", "")))
    signed = (
        _say("fire_page.signed", by=bulletin["signed_by"], at=bulletin["signed_at"]) if bulletin["signed_by"] else ""
    )
    return f"<div class='sign'><b>{signer}</b><br>{signed}</div></html>"


def _say(code: str, **params: Any) -> str:
    return escape(say(code, params, "vi"))
