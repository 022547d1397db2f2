"""XML that strangers wrote, as a small tree: no document type, hence no entity, no file and no address of theirs."""

from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

from eoc.errors import Invalid

_MOST_DEPTH: Final = 40
_MOST_NODES: Final = 100_000


@dataclass(slots=True)
class Node:
    """An element; `tag` is its local name, `space` its namespace."""

    space: str
    tag: str
    attributes: dict[str, str]
    children: "list[Node]" = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)
    start: int = 0
    end: int = 0

    @property
    def text(self) -> str:
        return "".join(self.pieces).strip()

    def all(self, tag: str) -> "list[Node]":
        return [child for child in self.children if child.tag == tag]

    def one(self, tag: str) -> str:
        """The text of the first child of that name; '' without one."""
        return next((child.text for child in self.children if child.tag == tag), "")


class _Tree:
    def __init__(self) -> None:
        self.root: Node | None = None
        self._open: list[Node] = []
        self._count = 0
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.parser.buffer_text = True

    def _doctype(self, *_: object) -> None:
        # Before any entity of it is declared, let alone expanded.
        raise Invalid("feed.doctype")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if len(self._open) >= _MOST_DEPTH or self._count > _MOST_NODES:
            raise Invalid("feed.xml", detail="too large", line=self.parser.CurrentLineNumber)
        space, _, tag = name.rpartition(" ")
        node = Node(space, tag, attributes, start=self.parser.CurrentByteIndex)
        if self._open:
            self._open[-1].children.append(node)
        else:
            self.root = node
        self._open.append(node)

    def _end(self, _name: str) -> None:
        self._open.pop().end = self.parser.CurrentByteIndex

    def _text(self, text: str) -> None:
        if self._open:
            self._open[-1].pieces.append(text)


def parse(body: bytes) -> Node:
    """The root element. Raises `Invalid`: `feed.doctype` for a document type, `feed.xml` for what is no XML."""
    tree = _Tree()
    try:
        tree.parser.Parse(body, True)
    except expat.ExpatError as error:
        raise Invalid("feed.xml", detail=expat.ErrorString(error.code), line=error.lineno) from None
    if tree.root is None:
        raise Invalid("feed.xml", detail="empty", line=1)
    return tree.root
