"""The configuration of each broker, written by us: nothing of the machine's own configuration is read."""

import base64
import hashlib
import os
import pwd
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_ITERATIONS = 101
_SALT_BYTES = 12


@dataclass(frozen=True, slots=True)
class Ports:
    """Where devices connect; `v4` equals `v5` when one port speaks both versions, `also` is one more of those."""

    host: str
    v4: int
    v5: int
    also: int | None = None

    @property
    def near(self) -> str:
        """The address at which this machine itself reaches them."""
        return "127.0.0.1" if self.host in {"0.0.0.0", "::"} else self.host  # noqa: S104 - that is the question


@dataclass(frozen=True, slots=True, repr=False)
class Login:
    """A user name with its password."""

    username: str
    password: str


def iotcore_toml(ports: Ports, login: Login | None) -> str:
    """rumqttd's configuration: loopback, bounded payloads, offline queues for persistent sessions."""
    auth = f'\n[{{version}}.1.connections.auth]\n{login.username} = "{login.password}"\n' if login else ""
    listeners = "".join(
        f"""
[{version}.1]
name = "{version}"
listen = "{ports.host}:{port}"
next_connection_delay_ms = 1
[{version}.1.connections]
connection_timeout_ms = 60000
max_payload_size = 65536
max_inflight_count = 200
dynamic_filters = true
"""
        + auth.format(version=version)
        for version, port in (("v4", ports.v4), ("v5", ports.v5))
    )
    return f"""id = 0
[router]
id = 0
max_connections = 10000
max_outgoing_packet_count = 200
max_segment_size = 104857600
max_segment_count = 10
{listeners}"""


def mosquitto_conf(ports: Ports, folder: Path, access: Sequence[str]) -> str:
    """Mosquitto with the limits that lost nothing in measurements; the defaults drop QoS 1 under load."""
    lines = [
        *(f"listener {port} {ports.host}" for port in (ports.v4, ports.also) if port),
        *access,
        # Started as root it would become another user, who could not write into this folder.
        f"user {pwd.getpwuid(0).pw_name}" if os.getuid() == 0 else "",
        "persistence true",
        f"persistence_location {folder}/",
        "autosave_on_changes true",
        "max_queued_messages 100000",
        "max_inflight_messages 200",
        "message_size_limit 65536",
        # Without it a sender that waits for each answer gets one in 40 ms.
        "set_tcp_nodelay true",
        "persistent_client_expiration 14d",
        "log_dest stderr",
        "log_type error",
        "log_type warning",
    ]
    return "".join(f"{line}\n" for line in lines if line)


def managed_access(plugin: Path, accounts: Path, *, anonymous: bool) -> list[str]:
    """Accounts kept by the dynamic-security plugin, and a log that tells refusals (only debug does)."""
    return [
        f"plugin {plugin}",
        f"plugin_opt_config_file {accounts}",
        f"allow_anonymous {str(anonymous).lower()}",
        *(f"log_type {kind}" for kind in ("notice", "information", "debug", "subscribe")),
    ]


def shared_access(passwords: Path, *, anonymous: bool) -> list[str]:
    """One password for everybody, where the plugin is not installed."""
    return ["allow_anonymous true"] if anonymous else [f"password_file {passwords}", "allow_anonymous false"]


def password_hash(password: str, salt: bytes, iterations: int = _ITERATIONS) -> bytes:
    """PBKDF2-SHA512, as Mosquitto and its plugin keep passwords."""
    return hashlib.pbkdf2_hmac("sha512", password.encode(), salt, iterations)


def new_salt() -> bytes:
    return os.urandom(_SALT_BYTES)


def mosquitto_password(login: Login) -> str:
    """A line of Mosquitto's password file, as `mosquitto_passwd` writes it."""
    salt = new_salt()
    encoded = [base64.b64encode(part).decode() for part in (salt, password_hash(login.password, salt))]
    return f"{login.username}:$7${_ITERATIONS}${encoded[0]}${encoded[1]}\n"
