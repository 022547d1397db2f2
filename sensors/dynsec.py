"""A client of Mosquitto's dynamic-security plugin: commands on `$CONTROL/dynamic-security/v1`, answers in order.

The plugin answers everybody who may hear it, so each command carries a mark of ours. A change of an account's roles or
password disconnects it at once: what is as wanted is left alone. No password is ever part of an answer, an error or a
log line.
"""

import asyncio
import contextlib
import json
import logging
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Final

from eoc.errors import Permanent, Refused, Temporary
from sensors.address import BrokerAddress
from sensors.connection import Connection
from sensors.rights import CONTROL, DENY_BY_DEFAULT, RESPONSE, Rule, acls, rules_of

log = logging.getLogger(__name__)

_CONNECT_S: Final = 8.0
_ANSWER_S: Final = 8.0
_AT_ONCE: Final = 40
"""Commands in one message: the broker takes 64 KiB, and a role of a gateway may be long."""
_MOST_BYTES: Final = 48_000
_PAGE: Final = 200

Command = Mapping[str, Any]


class Dynsec:
    """An open line to the plugin; made by `open_dynsec`."""

    def __init__(self, address: BrokerAddress) -> None:
        self._mark = secrets.token_hex(6)
        self._next = 0
        self._waiting: dict[str, asyncio.Future[list[dict[str, Any]]]] = {}
        self._ready = asyncio.Event()
        self._refused: str | None = None
        self._connection = Connection(address, f"eoc-accounts-{self._mark}", self, longest_wait_s=1.0)

    async def run(self) -> None:
        await self._connection.run()

    async def ready(self) -> None:
        """Returns when the plugin may be asked. Raises `Temporary` (nobody there) or `Refused` (not our business)."""
        try:
            async with asyncio.timeout(_CONNECT_S):
                while not self._ready.is_set():
                    if isinstance(self._connection.last_error, Permanent):
                        raise Refused("refused.broker_login")
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(0.1):
                            await self._ready.wait()
        except TimeoutError:
            raise Temporary("mqtt.away") from None
        if self._refused is not None:
            raise Refused("refused.no_dynsec")

    async def enters(self) -> bool:
        """Whether the broker lets this address in at all."""
        running = asyncio.create_task(self.run())
        try:
            async with asyncio.timeout(_CONNECT_S):
                while not self._connection.connected:
                    if isinstance(self._connection.last_error, Permanent):
                        return False
                    await asyncio.sleep(0.02)
                return True
        except TimeoutError:
            return False
        finally:
            running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await running

    # -- asking ---------------------------------------------------------------------------------------------------

    async def ask(self, *commands: Command) -> list[dict[str, Any]]:
        """The plugin's answers, one for each command in order; `error` in it when it did not do it.

        Raises `Refused` when the broker has no such plugin (or this account no right to it): nobody answers then.
        """
        answers: list[dict[str, Any]] = []
        for some in _chunks(commands):
            answers += await self._ask(some)
        return answers

    async def _ask(self, commands: Sequence[Command]) -> list[dict[str, Any]]:
        self._next += 1
        mark = f"{self._mark}:{self._next}"
        waiting: asyncio.Future[list[dict[str, Any]]] = asyncio.get_running_loop().create_future()
        self._waiting[mark] = waiting
        marked = [{**command, "correlationData": mark} for command in commands]
        try:
            if self._connection.publish(CONTROL, json.dumps({"commands": marked}).encode()) is None:
                raise Temporary("mqtt.away")
            async with asyncio.timeout(_ANSWER_S):
                return await waiting
        except TimeoutError:
            raise Refused("refused.no_dynsec") from None
        finally:
            del self._waiting[mark]

    async def do(self, *commands: Command) -> list[dict[str, Any]]:
        """Like `ask`, but every command must be done; raises `Refused` with the plugin's own words when one is not."""
        answers = await self.ask(*commands)
        for command, answer in zip(commands, answers, strict=True):
            if "error" in answer:
                raise Refused("refused.broker_account", command=command["command"], detail=str(answer["error"])[:200])
        return answers

    # -- what the product needs -----------------------------------------------------------------------------------

    async def deny_by_default(self) -> None:
        """Whatever no role allows is refused, sending and receiving alike."""
        (held,) = await self.do({"command": "getDefaultACLAccess"})
        current = {each["acltype"]: each["allow"] for each in held["data"]["acls"]}
        if current != dict(DENY_BY_DEFAULT):
            wanted = [{"acltype": kind, "allow": allow} for kind, allow in DENY_BY_DEFAULT]
            await self.do({"command": "setDefaultACLAccess", "acls": wanted})

    async def put_role(self, name: str, rules: Sequence[Rule]) -> bool:
        """Make the role be exactly this; True when something had to change."""
        (held,) = await self.ask({"command": "getRole", "rolename": name})
        if "error" in held:
            await self.do({"command": "createRole", "rolename": name, "acls": acls(rules)})
            return True
        if rules_of(held["data"]["role"]) == set(rules):
            return False
        await self.do({"command": "modifyRole", "rolename": name, "acls": acls(rules)})
        return True

    async def put_client(self, username: str, password: str, role: str) -> None:
        """Make the account have this password and this one role; whoever is connected with it is thrown out."""
        (held,) = await self.ask({"command": "getClient", "username": username})
        roles = [{"rolename": role}]
        if "error" in held:
            await self.do({"command": "createClient", "username": username, "password": password, "roles": roles})
            return
        password_first = {"command": "setClientPassword", "username": username, "password": password}
        changes: list[Command] = [password_first, {"command": "enableClient", "username": username}]
        if held["data"]["client"].get("roles") != roles:
            changes.append({"command": "modifyClient", "username": username, "roles": roles})
        await self.do(*changes)

    async def remove(self, username: str, role: str | None = None) -> None:
        """Remove an account and its role, if they are there; its connection ends."""
        await self.ask(
            {"command": "deleteClient", "username": username}, {"command": "deleteRole", "rolename": role or username}
        )

    async def clients(self) -> dict[str, set[str]]:
        """Every account with the names of its roles."""
        found: dict[str, set[str]] = {}
        offset = 0
        while True:
            asked = {"command": "listClients", "verbose": True, "count": _PAGE, "offset": offset}
            (answer,) = await self.do(asked)
            page = answer["data"]["clients"]
            for each in page:
                found[each["username"]] = {role["rolename"] for role in each.get("roles", [])}
            offset += _PAGE
            if len(page) < _PAGE:
                return found

    # -- sensors.connection.Listener ------------------------------------------------------------------------------

    def message(self, topic: bytes, payload: bytes, mid: int, qos: int, retained: bool) -> None:  # noqa: ARG002
        if qos:
            self._connection.acknowledge([mid], self._connection.epoch)
        with contextlib.suppress(ValueError, KeyError, TypeError, AttributeError):
            responses = json.loads(payload)["responses"]
            waiting = self._waiting.get(responses[0].get("correlationData", ""))
            if waiting is not None and not waiting.done():
                waiting.set_result(responses)

    def confirmed(self, mid: int, reason: str | None) -> None:  # noqa: ARG002
        """The broker refused the control topic to this account: nobody will answer."""
        if reason is not None:
            for waiting in self._waiting.values():
                if not waiting.done():
                    waiting.set_exception(Refused("refused.no_dynsec"))

    async def up(self, *, session_present: bool) -> None:  # noqa: ARG002
        try:
            await self._connection.subscribe([RESPONSE])
        except Permanent:
            self._refused = "subscribe"
        self._ready.set()

    def down(self) -> None:
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(Temporary("mqtt.away"))


@contextlib.asynccontextmanager
async def open_dynsec(address: BrokerAddress) -> AsyncIterator[Dynsec]:
    """A line to the plugin for the length of the block. Raises `Temporary` when nobody is there, `Refused` when this
    account may not manage others."""
    line = Dynsec(address)
    running = asyncio.create_task(line.run(), name="dynsec")
    try:
        await line.ready()
        yield line
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running


def _chunks(commands: Sequence[Command]) -> list[list[Command]]:
    chunks: list[list[Command]] = []
    size = 0
    for command in commands:
        length = len(json.dumps(command)) + 64
        if not chunks or len(chunks[-1]) >= _AT_ONCE or size + length > _MOST_BYTES:
            chunks.append([])
            size = 0
        chunks[-1].append(command)
        size += length
    return chunks
