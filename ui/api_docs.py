"""`/docs`: the HTTP API as one page without scripts, so that it works where no network reaches out."""

import html
import json
from typing import Any

_STYLE = """
body{font:16px/1.5 'Be Vietnam Pro',system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;
background:#0f1720;color:#e6edf3}a{color:#6ac9f9}code,pre{background:#18232f;border-radius:4px;padding:.1em .3em}
pre{padding:.8em;overflow:auto}h2{margin-top:2.5rem;border-bottom:1px solid #2b3a49}
summary{cursor:pointer;padding:.3rem 0}
.m{display:inline-block;min-width:4rem;font-weight:700}
"""


POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"
"""This page carries its own few lines of style and nothing else."""


def page(openapi: dict[str, Any]) -> str:
    """HTML of an OpenAPI document: every route with its summary, parameters and body."""
    groups: dict[str, list[str]] = {}
    for path, item in openapi["paths"].items():
        for method, operation in item.items():
            tag = (operation.get("tags") or ["other"])[0]
            groups.setdefault(tag, []).append(_operation(method, path, operation))
    body = "".join(f"<h2>{html.escape(tag)}</h2>{''.join(items)}" for tag, items in groups.items())
    schemas = html.escape(json.dumps(openapi.get("components", {}).get("schemas", {}), indent=2, ensure_ascii=False))
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>EOC API</title><style>{_STYLE}</style><h1>EOC API</h1>"
        f'<p>OpenAPI 3.1: <a href="/api/v1/openapi.json">/api/v1/openapi.json</a>. '
        f"Programs: <code>POST /api/v1/auth/token</code>, then <code>Authorization: Bearer …</code>. "
        f"Live: <code>GET /api/v1/live?after=SEQ</code> (WebSocket).</p>{body}"
        f"<h2>schemas</h2><details><summary>JSON</summary><pre>{schemas}</pre></details></html>"
    )


def _operation(method: str, path: str, operation: dict[str, Any]) -> str:
    description = html.escape(operation.get("description") or operation.get("summary") or "")
    parameters = "".join(
        f"<li><code>{html.escape(each['name'])}</code> ({html.escape(each['in'])}"
        f"{', required' if each.get('required') else ''})</li>"
        for each in operation.get("parameters", [])
    )
    content = operation.get("requestBody", {}).get("content", {})
    bodies = "".join(
        f"<p>body <code>{html.escape(kind)}</code>: <code>{html.escape(_name(item['schema']))}</code></p>"
        for kind, item in content.items()
    )
    return (
        f'<details><summary><span class="m">{method.upper()}</span> <code>{html.escape(path)}</code></summary>'
        f"<p>{description}</p><ul>{parameters}</ul>{bodies}</details>"
    )


def _name(schema: dict[str, Any]) -> str:
    return str(schema.get("$ref", "")).rpartition("/")[2] or json.dumps(schema, ensure_ascii=False)
