"""A province is data: packs are folders of YAML, GeoJSON and CSV, checked to the line and loaded frozen.

`check_pack` lists every mistake, `load_pack` gives a `Pack` or raises with that list, `pack_path` finds one
by name.
"""

from eoc.packs.areas import Area
from eoc.packs.folder import content_hash
from eoc.packs.loading import check_pack, load_pack
from eoc.packs.names import search_key, without_marks
from eoc.packs.pack import Pack
from eoc.packs.problems import PackInvalid, Problem
from eoc.packs.shelf import install_pack, known_packs, new_pack, pack_path

__all__ = [
    "Area",
    "Pack",
    "PackInvalid",
    "Problem",
    "check_pack",
    "content_hash",
    "install_pack",
    "known_packs",
    "load_pack",
    "new_pack",
    "pack_path",
    "search_key",
    "without_marks",
]
