"""Real MQTT brokers for the tests: Mosquitto with the settings that we deploy, and the pip-only `iotcore`."""

from __future__ import annotations

import os
import pwd
import secrets
from collections.abc import Mapping
from pathlib import Path

from iotcore import Broker

from tests.services.children import Child, answers, free_port
from tools.programs import find_mosquitto, search_path

FOLDER = Path(__file__).resolve().parents[2] / "deploy" / "mosquitto"
DEPLOYED = FOLDER / "mosquitto.conf"
START = FOLDER / "start.sh"
PLUGIN_PLACES = (
    "/usr/lib/*/mosquitto_dynamic_security.so",
    "/usr/lib*/mosquitto_dynamic_security.so",
    "/usr/local/lib/mosquitto_dynamic_security.so",
)


def deployed_settings() -> dict[str, str]:
    """The options of deploy/mosquitto/mosquitto.conf, in order."""
    lines = (line.strip() for line in DEPLOYED.read_text("utf-8").splitlines())
    return dict(line.split(maxsplit=1) for line in lines if line and not line.startswith("#"))


def dynamic_security_plugin() -> str | None:
    """Path of Mosquitto's dynamic-security plugin, which the distribution's package brings. None when absent."""
    found = (str(path) for pattern in PLUGIN_PLACES for path in Path("/").glob(pattern.lstrip("/")))
    return next(found, None)


class Mosquitto:
    """A Mosquitto with the deployed limits and persistence, on a free port of the loopback.

    `kill()` and `restart()` keep port and data. Anonymous clients are let in unless `settings` says otherwise; a
    setting given as None is left out. MQTT 3.1.1 and 5 are served on the same port.
    """

    host = "127.0.0.1"

    def __init__(self, folder: Path, settings: Mapping[str, str | None] | None = None) -> None:
        self._folder = folder
        self.port = free_port()
        self.settings = self._settings(settings or {})
        self._child = self._start()

    def _settings(self, changes: Mapping[str, str | None]) -> dict[str, str]:
        own: dict[str, str | None] = {
            "listener": f"{self.port} {self.host}",
            "allow_anonymous": "true",
            # Started as root it would give that up, and could then not write into our folder.
            "user": pwd.getpwuid(os.getuid()).pw_name,
            "persistence_location": f"{self._folder}/",
            "plugin": None,
            "plugin_opt_config_file": None,
            "include_dir": None,
            "log_dest": "stderr",
        }
        merged = {**deployed_settings(), **own, **changes}
        return {name: value for name, value in merged.items() if value is not None}

    @property
    def url(self) -> str:
        return f"mqtt://{self.host}:{self.port}"

    @property
    def log(self) -> Path:
        return self._folder / "mosquitto.log"

    def _command(self) -> list[str]:
        program = find_mosquitto()
        if program is None:
            raise RuntimeError("the program mosquitto is missing: call make test, which installs it")
        return [program]

    def _environment(self) -> dict[str, str] | None:
        return None

    def _start(self) -> Child:
        config = self._folder / "mosquitto.conf"
        config.write_text("".join(f"{name} {value}\n" for name, value in self.settings.items()), "utf-8")
        child = Child([*self._command(), "-c", str(config)], log=self.log, environment=self._environment())
        child.wait_until(lambda: answers(self.port))
        return child

    @property
    def pid(self) -> int:
        return self._child.pid

    def kill(self) -> None:
        """SIGKILL: what was not yet on disk is lost."""
        self._child.kill()

    def restart(self) -> None:
        """Start again on the same port and data, after `kill()` or `stop()`."""
        self._child = self._start()

    def stop(self) -> None:
        self._child.stop()


class SecuredMosquitto(Mosquitto):
    """As docker-compose.yml starts it: by start.sh, with accounts kept by the dynamic-security plugin.

    `admin` has the password `password`; nobody else may enter until that account makes more.
    """

    def __init__(self, folder: Path) -> None:
        plugin = dynamic_security_plugin()
        assert plugin, "the mosquitto package brings the plugin"
        self.password = secrets.token_hex(24)
        self._accounts = folder / "dynamic-security.json"
        access = {"allow_anonymous": "false", "plugin": plugin, "plugin_opt_config_file": str(self._accounts)}
        super().__init__(folder, access)

    def _command(self) -> list[str]:
        return ["/bin/sh", str(START)]

    def _environment(self) -> dict[str, str]:
        return {**self.login_environment(self._folder / "broker"), "MQTT_ACCOUNTS": str(self._accounts)}

    def login_environment(self, folder: Path, password: str | None = None) -> dict[str, str]:
        """What the containers beside the broker are started with; `folder` is the container's own."""
        return {
            "PATH": search_path(),
            "MQTT_ADMIN_PASSWORD": self.password if password is None else password,
            "MQTT_HOST": self.host,
            "MQTT_PORT": str(self.port),
            "XDG_CONFIG_HOME": str(folder),
        }


class Iotcore:
    """The embedded broker of the product's defaults: `port` speaks MQTT 3.1.1, `v5_port` MQTT 5. Keeps nothing."""

    host = "127.0.0.1"

    def __init__(self, folder: Path) -> None:
        self.port, self.v5_port = free_port(), free_port()
        config = folder / "iotcore.toml"
        config.write_text(self._config(), "utf-8")
        self._broker = Broker(config_path=str(config))
        self._broker.start()

    def _config(self) -> str:
        listeners = "".join(
            f"""
[{version}.1]
name = "{version}"
listen = "{self.host}:{port}"
next_connection_delay_ms = 1
[{version}.1.connections]
connection_timeout_ms = 60000
max_payload_size = 65536
max_inflight_count = 200
dynamic_filters = true
"""
            for version, port in (("v4", self.port), ("v5", self.v5_port))
        )
        return f"""id = 0
[router]
id = 0
max_connections = 1000
max_outgoing_packet_count = 200
max_segment_size = 104857600
max_segment_count = 10
{listeners}"""

    def stop(self) -> None:
        self._broker.stop()
