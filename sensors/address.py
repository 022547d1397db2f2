"""Where a broker is and how to enter: `mqtt://[user[:password]@]host[:port][?version=5]`, `mqtts://` for TLS."""

from dataclasses import dataclass, field, replace
from typing import Literal, Self
from urllib.parse import parse_qs, unquote, urlsplit

from eoc.errors import Invalid

Version = Literal["3.1.1", "5"]
_SCHEMES = {"mqtt": (False, 1883), "tcp": (False, 1883), "mqtts": (True, 8883), "ssl": (True, 8883)}


@dataclass(frozen=True, slots=True)
class BrokerAddress:
    """One broker. `version` None: whichever the broker speaks. The password is in no repr."""

    host: str
    port: int
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: bool = False
    version: Version | None = None
    ca_file: str | None = None

    @classmethod
    def parse(cls, url: str) -> Self:
        """Read a URL; raises `Invalid` without ever repeating what may be a password."""
        try:
            parts = urlsplit(url)
            tls, port = _SCHEMES[parts.scheme]
            host, port = parts.hostname or "", port if parts.port is None else parts.port
        except (KeyError, ValueError):
            raise Invalid("invalid.mqtt_url") from None
        query = parse_qs(parts.query)
        version = query.get("version", [None])[0]
        if not host or not port or version not in {None, "3.1.1", "5"} or parts.path not in {"", "/"}:
            raise Invalid("invalid.mqtt_url")
        return cls(
            host=host,
            port=port,
            username=unquote(parts.username) if parts.username is not None else None,
            password=unquote(parts.password) if parts.password is not None else None,
            tls=tls,
            version=version,  # type: ignore[arg-type]
            ca_file=query.get("ca", [None])[0],
        )

    def speaking(self, version: Version | None) -> "BrokerAddress":
        """The same broker, `version` where the URL did not name one."""
        return self if self.version is not None else replace(self, version=version)

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"
