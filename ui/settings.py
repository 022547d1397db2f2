"""All settings of the product: each package's own part, read from `EOC_*` and `eoc.toml`."""

from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from dispatch.settings import SmsSettings
from eoc.settings import CoreSettings
from eoc.store import sqlite_url
from sensors.settings import FeedSettings, MqttSettings

ROLES = ("web", "ingest", "dispatch", "video", "public")


class Settings(CoreSettings, MqttSettings, FeedSettings, BaseSettings):
    """Environment first, then `eoc.toml` in the working folder. Unknown names in the file are refused."""

    model_config = SettingsConfigDict(
        env_prefix="EOC_", env_nested_delimiter="__", toml_file="eoc.toml", extra="forbid", validate_default=True
    )

    host: str = "127.0.0.1"
    port: int = Field(default=8022, ge=0, le=65535)
    roles: Annotated[tuple[str, ...], NoDecode] = ROLES
    public_url: str | None = None
    admin_password: SecretStr | None = None
    demo: bool = False
    demo_password: SecretStr | None = None
    tls_cert: Path | None = None
    tls_key: Path | None = None
    sms: SmsSettings = SmsSettings()

    @field_validator("roles", mode="before")
    @classmethod
    def _comma_separated(cls, value: Any) -> Any:
        if isinstance(value, str):
            return tuple(name.strip() for name in value.split(",") if name.strip())
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the signature is theirs
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)

    @model_validator(mode="after")
    def _roles_need_shared_parts(self) -> Self:
        unknown = set(self.roles) - set(ROLES)
        if unknown or not self.roles:
            raise ValueError(f"roles: choose from {', '.join(ROLES)}")
        if set(self.roles) != set(ROLES):
            missing = [
                name
                for name, value in (
                    ("EOC_DATABASE_URL", self.database_url),
                    ("EOC_REDIS_URL", self.redis_url),
                    ("EOC_MQTT_URL", self.mqtt_url),
                )
                if not value
            ]
            if missing:
                raise ValueError(f"splitting into roles needs {', '.join(missing)}")
        return self

    @property
    def url(self) -> str:
        """The database: PostgreSQL when given, else SQLite in the data folder."""
        return self.database_url or sqlite_url(self.data_dir / "eoc.sqlite3")
