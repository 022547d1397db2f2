"""The demo pack and a river small enough to think about."""

import pytest

from eoc.packs import Pack, load_pack, pack_path


@pytest.fixture(scope="session")
def pack() -> Pack:
    return load_pack(pack_path("binh-phuoc"))
