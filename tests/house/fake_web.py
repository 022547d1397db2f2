"""A web project as small as can be, in a folder laid out like the repository: real npm, no packages to fetch."""

from __future__ import annotations

import json
from pathlib import Path

BUILD = """
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
const page = readFileSync('page.html', 'utf8')
if (page.includes('broken')) throw new Error('this page does not compile')
const messages = readdirSync('../../eoc/messages').length
mkdirSync('../static/app', { recursive: true })
writeFileSync('../static/app/index.html', `${page}<!-- ${messages} catalogues -->`)
"""


def plant_web(root: Path) -> Path:
    """Write ui/web and a message catalogue below `root`; returns the page, which is the only source that matters."""
    web = root / "ui" / "web"
    web.mkdir(parents=True)
    project = {"name": "fake", "version": "1.0.0", "private": True}
    lock = {"name": "fake", "version": "1.0.0", "lockfileVersion": 3, "packages": {"": project}}
    (web / "package.json").write_text(json.dumps({**project, "scripts": {"build": "node build.mjs"}}), "utf-8")
    (web / "package-lock.json").write_text(json.dumps(lock), "utf-8")
    (web / "build.mjs").write_text(BUILD, "utf-8")
    messages = root / "eoc" / "messages"
    messages.mkdir(parents=True, exist_ok=True)
    (messages / "vi.json").write_text('{"hello": "Xin chào"}\n', "utf-8")
    page = web / "page.html"
    page.write_text("<p>first</p>", "utf-8")
    return page
