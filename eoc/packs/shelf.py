"""Where packs are kept: found by name, begun from the skeleton, installed into the data directory."""

import os
import shutil
import tempfile
from pathlib import Path

from eoc.errors import Conflict, NotFound
from eoc.packs.contents import MANIFEST
from eoc.packs.folder import pack_files
from eoc.packs.loading import load_pack

SKELETON = "empty"
_HERE = Path(__file__).resolve().parent


def shipped_packs() -> tuple[Path, ...]:
    """Folders that hold shipped packs: inside the installed package, or beside it in a source checkout."""
    return tuple(path for path in (_HERE / "shipped", _HERE.parents[1] / "packs") if path.is_dir())


def pack_path(name_or_path: str | os.PathLike[str], data_dir: Path | None = None) -> Path:
    """The folder of a pack: a path as given, else by name installed in the data directory, else shipped.

    Raises NotFound with the names that could have been meant.
    """
    given = Path(name_or_path)
    if (given / MANIFEST).is_file():
        return given
    name = str(name_or_path)
    if name == given.name:
        shelves = [data_dir / "packs"] if data_dir is not None else []
        for shelf in (*shelves, *shipped_packs()):
            if (shelf / name / MANIFEST).is_file():
                return shelf / name
    raise NotFound("pack.not_found", path=name, known=", ".join(known_packs(data_dir)))


def known_packs(data_dir: Path | None = None) -> tuple[str, ...]:
    """Names that `pack_path` understands, the skeleton left out."""
    shelves = [data_dir / "packs"] if data_dir is not None else []
    names = {
        path.parent.name
        for shelf in (*shelves, *shipped_packs())
        if shelf.is_dir()
        for path in shelf.glob(f"*/{MANIFEST}")
    }
    return tuple(sorted(name for name in names - {SKELETON} if not name.startswith(".")))


def new_pack(target: Path) -> Path:
    """Write the commented skeleton of a pack into a new or empty folder. Raises Conflict for a full one."""
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise Conflict("pack.folder_not_empty", path=str(target))
    skeleton = pack_path(SKELETON)
    for path in pack_files(skeleton):
        copy = target / path.relative_to(skeleton)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    return target


def install_pack(source: Path, data_dir: Path) -> Path:
    """Check a pack and copy it to `<data_dir>/packs/<id>`; a running system reads it at its next start.

    The new folder appears in one rename, so a reader never meets half a pack; the one it replaces stays as
    `.previous-<id>`. Raises PackInvalid with every problem.
    """
    pack = load_pack(source)
    shelf = data_dir / "packs"
    shelf.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".incoming-{pack.id}-", dir=shelf))
    try:
        for path in pack_files(source):
            copy = fresh / path.relative_to(source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
        fresh.chmod(0o755)
        target, previous = shelf / pack.id, shelf / f".previous-{pack.id}"
        if target.exists():
            shutil.rmtree(previous, ignore_errors=True)
            target.rename(previous)
        fresh.rename(target)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return target
