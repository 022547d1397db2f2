"""Tables inside a page of HTML: their rows as lists of plain text, cells that span rows or columns repeated."""

import re
from html.parser import HTMLParser
from typing import Final

_MOST_CELLS: Final = 200_000
_MOST_SPAN: Final = 200
_BLANKS: Final = re.compile(r"\s+")


class _Tables(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[list[list[str]]] = []
        self._open: list[list[list[str]]] = []
        self._pending: list[dict[int, tuple[int, str]]] = []
        self._cell: list[str] | None = None
        self._spans = (1, 1)
        self._hidden = 0
        self._cells = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"script", "style"}:
            self._hidden += 1
        elif tag == "table":
            self._finish_cell()
            self._open.append([])
            self._pending.append({})
        elif tag == "tr" and self._open:
            self._finish_cell()
            self._open[-1].append([])
            self._fill()
        elif tag in {"td", "th"} and self._open:
            self._finish_cell()
            if not self._open[-1]:
                self._open[-1].append([])
            given = dict(attrs)
            self._spans = (_span(given.get("rowspan")), _span(given.get("colspan")))
            self._cell = []
        elif tag == "br" and self._cell is not None:
            self._cell.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in {"script", "style"}:
            self._hidden = max(0, self._hidden - 1)
        elif tag in {"td", "th", "tr"}:
            self._finish_cell()
        elif tag == "table" and self._open:
            self._finish_cell()
            self.tables.append(self._open.pop())
            self._pending.pop()

    def handle_data(self, data: str) -> None:
        if self._cell is not None and not self._hidden:
            self._cell.append(data)

    def close(self) -> None:
        super().close()
        self._finish_cell()
        self.tables += reversed(self._open)
        self._open = []

    def _finish_cell(self) -> None:
        if self._cell is None or not self._open:
            self._cell = None
            return
        text = _BLANKS.sub(" ", "".join(self._cell)).strip()
        self._cell = None
        rows, columns = self._spans
        row, pending = self._open[-1][-1], self._pending[-1]
        for _ in range(columns):
            self._cells += 1
            if self._cells > _MOST_CELLS:
                return
            if rows > 1:
                pending[len(row)] = (rows - 1, text)
            row.append(text)
        self._fill()

    def _fill(self) -> None:
        """Cells of rows above that reach down into this one."""
        row, pending = self._open[-1][-1], self._pending[-1]
        while (spanning := pending.get(len(row))) is not None:
            left, text = spanning
            if left > 1:
                pending[len(row)] = (left - 1, text)
            else:
                del pending[len(row)]
            row.append(text)


def _span(text: str | None) -> int:
    return min(int(text), _MOST_SPAN) if text and text.isdecimal() and len(text) < 5 and int(text) > 0 else 1


def tables(page: str) -> list[list[list[str]]]:
    """Every table of a page, rows of cells; inner tables before those around them. Never raises for bad HTML."""
    parser = _Tables()
    parser.feed(page)
    parser.close()
    return parser.tables
