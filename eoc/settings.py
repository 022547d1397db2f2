"""Settings of the core. Each package declares its own part; `ui.settings` composes and reads the environment."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel


class CoreSettings(BaseModel):
    """Where things are kept and how time runs (`EOC_DATA_DIR`, `EOC_DATABASE_URL`, ...)."""

    data_dir: Path = Path("data")
    database_url: str | None = None
    redis_url: str | None = None
    pack: str = "binh-phuoc"
    mode: Literal["live", "exercise"] = "live"
    clock: Literal["wall", "data"] = "wall"
    secret_key: str | None = None
    geodata_dir: Path | None = None
