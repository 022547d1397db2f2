"""A judge of requests and answers against an OpenAPI 3.0 document: only the parts of it that Twilio's uses.

A schema keyword this judge does not know is an error of the judge, never passed over in silence.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "array": list,
    "object": dict,
}
_PROSE = {"description", "title", "example", "x-twilio", "format", "type", "nullable", "default"}


class Judge:
    """Finds what does not agree with the document; an empty list is agreement."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document

    def form(self, path: str, form: Mapping[str, list[str]]) -> list[str]:
        """A form body for POST on `path` (as the document spells it)."""
        body = self._document["paths"][path]["post"]["requestBody"]["content"]
        schema = body["application/x-www-form-urlencoded"]["schema"]
        faults = [f"unknown field {name}" for name in form if name not in schema["properties"]]
        faults += [f"missing field {name}" for name in schema.get("required", ()) if name not in form]
        for name, values in form.items():
            known = schema["properties"].get(name, {})
            faults += self._typed(values if known.get("type") == "array" else values[0], known, name)
        return faults

    def query(self, path: str, query: Mapping[str, list[str]]) -> list[str]:
        """The query of a GET on `path`."""
        parameters = self._document["paths"][path]["get"]["parameters"]
        known = {each["name"]: each["schema"] for each in parameters if each["in"] == "query"}
        faults = [f"unknown parameter {name}" for name in query if name not in known]
        return faults + [
            fault
            for name, values in query.items()
            if name in known
            for fault in self._typed(values[0], known[name], name)
        ]

    def answer(self, path: str, method: str, status: int, body: Any) -> list[str]:
        """A JSON answer."""
        responses = self._document["paths"][path][method]["responses"]
        if str(status) not in responses:
            return [f"status {status} is not documented"]
        return self._value(body, responses[str(status)]["content"]["application/json"]["schema"], "body")

    def examples(self, path: str, method: str, status: int) -> dict[str, Any]:
        """The document's own examples, to try the judge on."""
        content = self._document["paths"][path][method]["responses"][str(status)]["content"]["application/json"]
        return {name: each["value"] for name, each in content.get("examples", {}).items()}

    def _typed(self, value: Any, schema: Mapping[str, Any], where: str) -> list[str]:
        """A form value is text: read as the type it should be."""
        schema = self._resolved(schema)
        kind = schema.get("type")
        if kind == "integer":
            if not re.fullmatch(r"-?\d+", value):
                return [f"{where}: {value!r} is no integer"]
            value = int(value)
        elif kind == "boolean":
            if value not in ("true", "false"):
                return [f"{where}: {value!r} is no boolean"]
            value = value == "true"
        elif schema.get("format") == "uri" and not urlsplit(value).scheme:
            # In answers "uri" is a reference: the document's own examples are relative.
            return [f"{where}: {value!r} is no address"]
        return self._value(value, schema, where)

    def _value(self, value: Any, schema: Mapping[str, Any], where: str) -> list[str]:
        schema = self._resolved(schema)
        if value is None:
            return [] if schema.get("nullable") else [f"{where} is null"]
        kind = schema.get("type")
        if kind is not None:
            wrong_bool = isinstance(value, bool) and kind != "boolean"
            if wrong_bool or not isinstance(value, _TYPES[kind]):
                return [f"{where}: {value!r} is no {kind}"]
        faults = [f"{where}: unknown keyword {name}" for name in schema if name not in _PROSE | set(_RULES)]
        for name, rule in _RULES.items():
            if name in schema and not rule(value, schema[name]):
                faults.append(f"{where}: {value!r} breaks {name} {schema[name]!r}")
        if not _fits_format(value, schema.get("format")):
            faults.append(f"{where}: {value!r} is no {schema['format']}")
        return faults + self._children(value, schema, where)

    def _children(self, value: Any, schema: Mapping[str, Any], where: str) -> list[str]:
        faults: list[str] = []
        if isinstance(value, dict):
            known = schema.get("properties", {})
            for name, child in value.items():
                if name in known:
                    faults += self._value(child, known[name], f"{where}.{name}")
                elif known:
                    faults.append(f"{where}: unknown property {name}")
        if isinstance(value, list) and "items" in schema:
            for index, child in enumerate(value):
                faults += self._value(child, schema["items"], f"{where}[{index}]")
        return faults

    def _resolved(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        while "$ref" in schema:
            found: Any = self._document
            for step in schema["$ref"].removeprefix("#/").split("/"):
                found = found[step]
            schema = found
        return schema


_RULES: Mapping[str, Any] = {
    "enum": lambda value, allowed: value in allowed,
    "pattern": lambda value, pattern: re.search(pattern, value) is not None,
    "minLength": lambda value, least: len(value) >= least,
    "maxLength": lambda value, most: len(value) <= most,
    "minimum": lambda value, least: value >= least,
    "maximum": lambda value, most: value <= most,
    "required": lambda value, names: all(name in value for name in names),
    "properties": lambda _value, _schemas: True,
    "items": lambda _value, _schema: True,
    "additionalProperties": lambda _value, _schema: True,
}


def _fits_format(value: Any, name: str | None) -> bool:
    """Formats whose breach would matter here; others are prose."""
    try:
        if name == "date-time-rfc-2822":
            parsedate_to_datetime(value)
        elif name == "date-time":
            datetime.fromisoformat(value)
    except (ValueError, TypeError):
        return False
    return True
