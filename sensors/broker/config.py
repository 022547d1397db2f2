"""The configuration of each broker, written by us: nothing of the machine's own configuration is read."""

import base64
import hashlib
import os
import pwd
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


@dataclass(frozen=True, slots=True, repr=False)
class Login:
    """The one credential all devices share until each has its own."""

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


def mosquitto_conf(ports: Ports, folder: Path, login: Login | None) -> str:
    """Mosquitto with the limits that lost nothing in measurements; the defaults drop QoS 1 under load."""
    access = [f"password_file {folder / 'passwords'}", "allow_anonymous false"] if login else ["allow_anonymous true"]
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


def mosquitto_password(login: Login) -> str:
    """A line of Mosquitto's password file: PBKDF2-SHA512, as `mosquitto_passwd` writes it."""
    salt = os.urandom(_SALT_BYTES)
    digest = hashlib.pbkdf2_hmac("sha512", login.password.encode(), salt, _ITERATIONS)
    encoded = [base64.b64encode(part).decode() for part in (salt, digest)]
    return f"{login.username}:$7${_ITERATIONS}${encoded[0]}${encoded[1]}\n"
