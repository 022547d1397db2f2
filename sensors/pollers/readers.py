"""Documents of rows: a list in JSON, a table in HTML, a file of CSV. And the registry of all kinds."""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any, Final

from eoc.errors import Invalid
from eoc.packs.names import nfc, search_key
from eoc.packs.sources import FeedEntry
from sensors.codecs import documents
from sensors.codecs.moments import Fault
from sensors.pollers.cap import CapReader
from sensors.pollers.firms import FirmsReader
from sensors.pollers.ports import Document, Harvest, Reader
from sensors.pollers.rows import Row, Rows, dumped
from sensors.pollers.tables import tables

MOST_ROWS: Final = 50_000
_UNIT: Final = re.compile(r"\s*[(\[][^)\]]*[)\]]\s*$")
_DELIMITERS: Final = ",;\t|"


class _RowReader:
    """What the three have in common."""

    def __init__(self, entry: FeedEntry, zone: tzinfo) -> None:
        self.entry = entry
        self._rows = Rows(entry, zone)

    def read(self, document: Document, memory: Mapping[str, Any], now: datetime, limit: datetime | None) -> Harvest:
        return self._rows.harvest(self.rows(document), memory, now, limit)

    def rows(self, document: Document) -> Iterable[Row]:
        """The rows of a document; raises `Invalid` when it is not of this kind."""
        raise NotImplementedError


class JsonRows(_RowReader):
    """A list of objects, at `items` or the whole answer. Cells are named by their path: `station.name`, `depth`."""

    def rows(self, document: Document) -> list[Row]:
        not_html(document)
        try:
            parsed = documents.parse(document.body)
        except Fault as fault:
            raise Invalid("feed.not_json", problem=fault.code) from None
        listed = parsed if self.entry.items is None else documents.at(parsed, self.entry.items)
        if not isinstance(listed, list):
            raise Invalid("feed.no_list", path=self.entry.items or "")
        if len(listed) > MOST_ROWS:
            raise Invalid("feed.rows_too_many", limit=MOST_ROWS)
        found: list[Row] = []
        for item in listed:
            cells = dict(_leaves(item)) if isinstance(item, dict) else {}
            found.append(Row(cells, dumped(item) if isinstance(item, dict) else b""))
        if found and not any(row.cells for row in found):
            raise Invalid("feed.no_list", path=self.entry.items or "")
        return found


def _leaves(item: dict[str, Any]) -> list[tuple[str, Any]]:
    try:
        return documents.leaves(item)
    except Fault:
        return []


class HtmlTable(_RowReader):
    """The table of a page that has the feed's columns: by their headings, or in the order of `columns`."""

    def rows(self, document: Document) -> Iterator[Row]:
        found = tables(text_of(document))
        if not found:
            raise Invalid("feed.no_table")
        for table in found:
            rows = list(_by_columns(self.entry, table))
            if rows:
                return iter(rows)
        raise Invalid("feed.columns", names=", ".join(sorted(_wanted(self.entry))))


class CsvRows(_RowReader):
    """CSV with a heading (or `columns`), separated by comma, semicolon, tab or bar."""

    def rows(self, document: Document) -> Iterator[Row]:
        not_html(document)
        text = text_of(document)
        first = text.lstrip().partition("\n")[0]
        delimiter = max(_DELIMITERS, key=first.count)
        try:
            table = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True) if row]
        except csv.Error as error:
            raise Invalid("feed.csv", detail=str(error)) from None
        rows = list(_by_columns(self.entry, table))
        if not rows and not _has_heading(self.entry, table):
            raise Invalid("feed.columns", names=", ".join(sorted(_wanted(self.entry))))
        return iter(rows)


def _wanted(entry: FeedEntry) -> set[str]:
    """The columns without which a table is not the one that was meant."""
    return {name for name in (entry.device, entry.time) if name is not None}


def _has_heading(entry: FeedEntry, table: Sequence[Sequence[str]]) -> bool:
    return bool(table) and {_key(name) for name in _wanted(entry)} <= {_key(cell) for cell in table[0]}


def _by_columns(entry: FeedEntry, table: Sequence[Sequence[str]]) -> Iterator[Row]:
    """Rows with their cells named as the feed's entry names them."""
    if len(table) > MOST_ROWS:
        raise Invalid("feed.rows_too_many", limit=MOST_ROWS)
    names: list[str] = list(entry.columns)
    body: Sequence[Sequence[str]] = table
    if not names:
        heading = next((index for index, row in enumerate(table[:10]) if _has_heading(entry, [row])), None)
        if heading is None:
            return
        ours = {_key(name): name for name in _named(entry)}
        names = [ours.get(_key(cell), cell) for cell in table[heading]]
        body = table[heading + 1 :]
    for row in body:
        if len(row) != len(names) or [_key(cell) for cell in row] == [_key(name) for name in names]:
            continue
        cells = dict(zip(names, (nfc(cell).strip() for cell in row), strict=True))
        yield Row(cells, dumped(cells))


def _named(entry: FeedEntry) -> list[str]:
    fields = [*entry.fields, *(name for device in entry.devices.values() for name in device.fields)]
    return [*fields, *_wanted(entry)]


def _key(name: str) -> str:
    """A heading as it is compared: no marks, no case, no unit behind it (`Htl (m)` is `htl`)."""
    return search_key(_UNIT.sub("", name))


def not_html(document: Document) -> None:
    """A page of a provider's portal instead of data comes with status 200 all the same."""
    start = document.body[:512].lstrip().lower()
    if document.content_type in {"text/html", "application/xhtml+xml"} or start.startswith(
        (b"<!doctype html", b"<html")
    ):
        raise Invalid("feed.html_instead")


def text_of(document: Document) -> str:
    try:
        return document.body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid("feed.not_text", at=error.start) from None


REGISTRY: Mapping[str, Callable[[FeedEntry, tzinfo], Reader]] = {
    "json_rows": JsonRows,
    "html_table": HtmlTable,
    "csv": CsvRows,
    "cap": CapReader,
    "firms_csv": FirmsReader,
}
"""Reader by the `kind` of a feed."""
