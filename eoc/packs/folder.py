"""The files of a pack: read with care, because they come from other offices, editors and decades."""

import csv
import hashlib
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from eoc.packs.findings import Findings
from eoc.packs.marked_yaml import Marked, parse_yaml
from eoc.packs.names import nfc

MAX_FILE_BYTES = 32 * 1024 * 1024
_DEGREES = ("CRS84", "4326")
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


class Folder:
    """Reads files below one folder and notes what cannot be read; nothing here raises for bad content."""

    def __init__(self, root: Path, findings: Findings) -> None:
        self.root = root
        self.findings = findings
        self.broken: set[str] = set()
        """Files that exist but could not be understood, so that nobody calls their ids unknown."""

    def text(self, file: str) -> str | None:
        """The file's text, NFC and without a byte order mark; None when absent or unreadable."""
        path = self.root / file
        if not path.is_file():
            return None
        if path.stat().st_size > MAX_FILE_BYTES:
            self._unreadable(file, "pack.file_too_large", limit_mb=MAX_FILE_BYTES // 2**20)
            return None
        data = path.read_bytes()
        if data.startswith(_UTF16) or b"\x00" in data[:4096]:
            self._unreadable(file, "pack.bad_encoding", line=1, encoding="UTF-16?")
            return None
        try:
            return nfc(data.decode("utf-8-sig"))
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            self._unreadable(file, "pack.bad_encoding", line=line, encoding="Windows-1258, TCVN3, VNI?")
            return None

    def yaml(self, file: str) -> Marked | None:
        """A YAML file with its lines; None when absent, empty or broken."""
        text = self.text(file)
        if text is None:
            return None
        marked = parse_yaml(text)
        for fault in marked.faults:
            self.findings.add(file, fault.code, line=fault.line, path=fault.path, **fault.params)
        if marked.faults and marked.data is None:
            self.broken.add(file)
        return marked if marked.data is not None else None

    def table(self, file: str, required: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
        """Rows of a CSV file as (line, column -> text); empty cells are left out."""
        text = self.text(file)
        if text is None:
            return
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        header: list[str] | None = None
        try:
            for row in reader:
                line = reader.line_num
                if not any(cell.strip() for cell in row) or row[0].lstrip().startswith("#"):
                    continue
                if header is None:
                    header = [cell.strip() for cell in row]
                    if not self._header_sound(file, line, header, required):
                        return
                    continue
                if len(row) != len(header):
                    self.findings.add(file, "pack.csv_cells", line=line, expected=len(header), got=len(row))
                    continue
                yield line, {n: c.strip() for n, c in zip(header, row, strict=True) if c.strip()}
        except csv.Error as error:
            self._unreadable(file, "pack.csv_syntax", line=reader.line_num, detail=str(error))

    def features(self, file: str) -> Iterator[tuple[int, int, dict[str, Any]]]:
        """Features of a GeoJSON file as (index, line, feature)."""
        text = self.text(file)
        if text is None:
            return
        try:
            data = json.loads(text)
        except json.JSONDecodeError as error:
            self._unreadable(file, "pack.json_syntax", line=error.lineno, detail=error.msg)
            return
        except RecursionError:
            self._unreadable(file, "pack.too_deep", limit=1000)
            return
        found = data.get("features") if isinstance(data, dict) else None
        if not isinstance(found, list):
            self._unreadable(file, "pack.not_a_feature_collection", line=1)
            return
        crs = str(data.get("crs") or "")
        if crs and not any(name in crs for name in _DEGREES):
            self.findings.add(file, "pack.geojson_projection", line=1)
        lines = _feature_lines(text, len(found))
        for index, feature in enumerate(found):
            if isinstance(feature, dict):
                yield index, lines[index], feature
            else:
                path = ("features", index)
                self.findings.add(file, "pack.not_a_feature", line=lines[index], path=path)

    def _header_sound(self, file: str, line: int, header: list[str], required: tuple[str, ...]) -> bool:
        missing = [name for name in required if name not in header]
        if missing:
            self._unreadable(file, "pack.csv_columns", line=line, missing=", ".join(missing))
        repeated = sorted({name for name in header if header.count(name) > 1})
        if repeated:
            self._unreadable(file, "pack.csv_repeated_column", line=line, names=", ".join(repeated))
        return not missing and not repeated

    def _unreadable(self, file: str, code: str, *, line: int | None = None, **params: Any) -> None:
        self.broken.add(file)
        self.findings.add(file, code, line=line, **params)


def _feature_lines(text: str, count: int) -> list[int]:
    """The line each feature starts on, by walking the array a second time; all 1 when it cannot be found."""
    decoder = json.JSONDecoder()
    lines, line, seen = [], 1, 0
    position = text.find("[", text.find('"features"')) + 1
    try:
        for _ in range(count):
            while text[position] in " \t\r\n,":
                position += 1
            line += text.count("\n", seen, position)
            seen = position
            lines.append(line)
            _, position = decoder.raw_decode(text, position)
    except (ValueError, IndexError):
        # The word "features" stood somewhere else first; only the line numbers are lost.
        return [1] * count
    return lines


def content_hash(root: Path) -> str:
    """SHA-256 over names and bytes of every file of the pack; the same content gives the same hash anywhere.

    Hidden files and editors' backups are left out, because they change nothing.
    """
    digest = hashlib.sha256()
    for path in pack_files(root):
        name = path.relative_to(root).as_posix().encode()
        data = path.read_bytes()
        digest.update(len(name).to_bytes(4, "big") + name + len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()


def pack_files(root: Path) -> list[Path]:
    """Every regular file of the pack, sorted by its name within the pack."""
    found = [
        path
        for path in root.rglob("*")
        if path.is_file()
        and not path.is_symlink()
        and not any(part.startswith(".") for part in path.relative_to(root).parts)
        and not path.name.endswith(("~", ".bak", ".tmp"))
    ]
    return sorted(found, key=lambda path: path.relative_to(root).as_posix())
