"""The managed Mosquitto's own accounts: the file the plugin starts from, and the product's three roles.

The product keeps its passwords in `accounts.json` (0600) beside the plugin's `dynamic-security.json`, which holds
hashes only. Before the broker starts, the administrator's account is put into the plugin's file, so that the product
can always manage it; everything else is made over the plugin's own protocol.
"""

import base64
import contextlib
import json
import logging
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sensors.broker.config import Login, new_salt, password_hash
from sensors.dynsec import Dynsec
from sensors.rights import (
    ADMIN,
    DENY_BY_DEFAULT,
    GUEST,
    PRODUCT,
    SENDER,
    acls,
    admin_rules,
    guest_rules,
    product_rules,
    sender_rules,
)

log = logging.getLogger(__name__)

_ITERATIONS = 101
PLUGIN = "mosquitto_dynamic_security.so"
_PLACES = ("usr/lib/*/", "usr/lib/", "usr/lib64/", "usr/local/lib/", "usr/local/lib64/", "usr/lib*/mosquitto/")


@dataclass(frozen=True, slots=True)
class OwnAccounts:
    """Passwords of the product's own accounts; `sender` is what `credential.json` tells."""

    admin: str = field(repr=False)
    product: str = field(repr=False)
    sender: Login = field(repr=False)

    @classmethod
    def read(cls, file: Path, sender: Login) -> "OwnAccounts | None":
        """What an earlier start kept, if it did."""
        with contextlib.suppress(FileNotFoundError, ValueError, KeyError, TypeError):
            facts = json.loads(file.read_text())
            return cls(str(facts["admin"]), str(facts["product"]), sender)
        return None

    @classmethod
    def new(cls, sender: Login) -> "OwnAccounts":
        return cls(secrets.token_urlsafe(24), secrets.token_urlsafe(24), sender)

    def spelled(self) -> str:
        return json.dumps({"admin": self.admin, "product": self.product})


def find_plugin(root: Path = Path("/")) -> Path | None:
    """Where the distribution put Mosquitto's dynamic-security plugin; None when it is not installed."""
    return next((found for place in _PLACES for found in sorted(root.glob(place + PLUGIN))), None)


def with_admin(stored: str | None, password: str) -> str:
    """The plugin's file with our administrator in it; `stored` is what it held, None or broken means a new one.

    What a broken file held is lost: nobody has the passwords. The registry then finds the accounts missing.
    """
    config: dict[str, Any] = {}
    if stored is not None:
        try:
            config = json.loads(stored)
            config["clients"] = [each for each in config["clients"] if each["username"] != ADMIN]
            config["roles"] = [each for each in config["roles"] if each["rolename"] != ADMIN]
        except (ValueError, KeyError, TypeError):
            log.exception("the broker's accounts are unreadable; starting with none")
            config = {}
    salt = new_salt()
    administrator = {
        "username": ADMIN,
        "roles": [{"rolename": ADMIN}],
        "password": base64.b64encode(password_hash(password, salt, _ITERATIONS)).decode(),
        "salt": base64.b64encode(salt).decode(),
        "iterations": _ITERATIONS,
    }
    config.setdefault("groups", [])
    config["defaultACLAccess"] = dict(DENY_BY_DEFAULT)
    config["clients"] = [*config.get("clients", []), administrator]
    config["roles"] = [*config.get("roles", []), {"rolename": ADMIN, "acls": acls(admin_rules())}]
    return json.dumps(config, indent=1)


async def settle(line: Dynsec, own: OwnAccounts, *, anonymous: bool) -> None:
    """Make the product's accounts be as this version wants them. Safe to repeat."""
    await line.deny_by_default()
    await line.put_role(PRODUCT, product_rules())
    await line.put_role(SENDER, sender_rules())
    await line.put_client(PRODUCT, own.product, PRODUCT)
    await line.put_client(own.sender.username, own.sender.password, SENDER)
    if anonymous:
        await allow_guests(line)


async def allow_guests(line: Dynsec) -> None:
    """A demo: whoever comes without a name may play a station."""
    (held,) = await line.ask({"command": "getRole", "rolename": GUEST})
    if "error" in held:
        await line.do({"command": "createRole", "rolename": GUEST, "acls": acls(guest_rules(()))})
    (group,) = await line.ask({"command": "getGroup", "groupname": GUEST})
    if "error" in group:
        await line.do({"command": "createGroup", "groupname": GUEST, "roles": [{"rolename": GUEST}]})
    await line.do({"command": "setAnonymousGroup", "groupname": GUEST})
