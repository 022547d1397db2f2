"""Credentials of devices, made at the broker that holds them to their topics.

The broker keeps only hashes and the product only the names: a password is told once, to whoever asked for it. So an
account that the broker has lost cannot be made again; it is marked lost, and the device needs a new credential.
"""

import contextlib
import logging
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from eoc.errors import Refused, Temporary
from sensors.address import BrokerAddress
from sensors.dynsec import Dynsec, open_dynsec
from sensors.rights import GUEST, PRODUCT, Account, guest_rules, product_rules

log = logging.getLogger(__name__)

_PASSWORD_BYTES = 18
_OURS = ("device-", "gateway-", "source-")


@dataclass(frozen=True, slots=True)
class Issued:
    """A credential as it is handed out. `enforced`: the broker holds it to its own topics, and it replaced the old."""

    username: str
    password: str = field(repr=False)
    enforced: bool


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What the broker has, compared with what the product issued."""

    lost: frozenset[str] = frozenset()
    """Issued, and not there any more."""
    removed: frozenset[str] = frozenset()
    """There, of a station or gateway that is no more: taken away now."""
    unknown: frozenset[str] = frozenset()
    """There, and not in the product's books (they were restored from a backup): left alone, and shown."""
    corrected: frozenset[str] = frozenset()
    """Their rights were not as issued, and are now."""


class DeviceAccounts:
    """The accounts at one broker.

    admin: how they are managed; None where the broker cannot tell devices apart, and `shared` is what all of them use.
    own_username: at a broker of somebody else, the account that the product itself connects with: it must be able to
    read and answer, too. guests: a demo, where clients without a name may play stations that have no credential.
    """

    def __init__(
        self,
        admin: BrokerAddress | None,
        *,
        shared: tuple[str, str] | None = None,
        own_username: str | None = None,
        guests: bool = False,
    ) -> None:
        self._admin = admin
        self._shared = shared
        self._own_username = own_username
        self._guests = guests

    @property
    def managed(self) -> bool:
        """Is there anything to ask at the broker?"""
        return self._admin is not None

    async def prepare(self) -> None:
        """At somebody else's broker: give the product's own account its topics. Raises `Refused` (`refused.no_dynsec`,
        `refused.broker_open`) where devices cannot be held to theirs, `Temporary` when nobody is there."""
        if self._admin is None:
            raise Refused("refused.no_dynsec")
        if await self._prepared():
            return
        # A change of its roles disconnects the account that asked for it: look again on a new line.
        if not await self._prepared():
            raise Refused("refused.no_dynsec")

    async def _prepared(self) -> bool:
        assert self._admin is not None
        async with open_dynsec(self._admin) as line:
            await _check_defaults(line)
            return self._own_username is None or await _has_rights(line, self._own_username)

    async def inspect(self) -> bool:
        """Without changing anything: whether the product's own account has its role. Raises as `prepare` does."""
        if self._admin is None:
            raise Refused("refused.no_dynsec")
        async with open_dynsec(self._admin) as line:
            await _check_defaults(line)
            return self._own_username is None or PRODUCT in await _roles_of(line, self._own_username)

    async def issue(self, account: Account, closed: Iterable[str] = ()) -> Issued:
        """A new password for the account, which is made if need be. The old one stops working, and whoever is
        connected with it is thrown out. `closed`: all stations that have a credential, this one's included."""
        if self._admin is None:
            if self._shared is None:
                raise Refused("refused.no_dynsec")
            return Issued(*self._shared, enforced=False)
        password = secrets.token_urlsafe(_PASSWORD_BYTES)
        async with open_dynsec(self._admin) as line:
            await _check_defaults(line)
            await line.put_role(account.username, account.rules)
            await line.put_client(account.username, password, account.username)
            if account.kind == "device":
                await _retire_script_account(line, account.owner)
            if self._guests:
                await line.put_role(GUEST, guest_rules(sorted(closed)))
        return Issued(account.username, password, enforced=True)

    async def remove(self, accounts: Sequence[Account]) -> None:
        """Take accounts away; their connections end."""
        if self._admin is None or not accounts:
            return
        async with open_dynsec(self._admin) as line:
            for account in accounts:
                await line.remove(account.username)

    async def reconcile(self, issued: Sequence[Account], owners: Iterable[str]) -> Reconciled:
        """Compare with the broker, and put right what can be. `owners`: usernames that may exist, issued or not."""
        if self._admin is None:
            return Reconciled()
        wanted = {account.username: account for account in issued}
        allowed = set(owners) | wanted.keys()
        lost: set[str] = set()
        corrected: set[str] = set()
        async with open_dynsec(self._admin) as line:
            held = {name: roles for name, roles in (await line.clients()).items() if name.startswith(_OURS)}
            for username, account in wanted.items():
                if username not in held:
                    lost.add(username)
                elif await _put_right(line, account, held[username]):
                    corrected.add(username)
            gone = held.keys() - allowed
            for username in sorted(gone):
                log.warning("the broker's account %s belongs to nothing any more: removed", username)
                await line.remove(username)
        return Reconciled(
            frozenset(lost), frozenset(gone), frozenset(held.keys() - wanted.keys() - gone), frozenset(corrected)
        )


async def anonymous_may_enter(address: BrokerAddress) -> bool:
    """Does this broker let in a client without a name? Then no account's limits mean much."""
    nameless = Dynsec(replace(address, username=None, password=None))
    return await nameless.enters()


async def _check_defaults(line: Dynsec) -> None:
    """A broker that allows by default what no role mentions holds nobody to anything."""
    (held,) = await line.do({"command": "getDefaultACLAccess"})
    wide = [each["acltype"] for each in held["data"]["acls"] if each["allow"]]
    if {"publishClientSend", "subscribe"} & set(wide):
        raise Refused("refused.broker_open")


async def _roles_of(line: Dynsec, username: str) -> set[str]:
    (held,) = await line.do({"command": "getClient", "username": username})
    return {each["rolename"] for each in held["data"]["client"].get("roles", [])}


async def _has_rights(line: Dynsec, username: str) -> bool:
    """Whether the account has the product's role; it is given when it is missing."""
    roles = await _roles_of(line, username)
    with contextlib.suppress(Temporary):
        # The role is filled before it is given: a change of either disconnects this very line.
        changed = await line.put_role(PRODUCT, product_rules())
        if PRODUCT in roles:
            return not changed
        await line.do({"command": "addClientRole", "username": username, "rolename": PRODUCT})
    return False


async def _put_right(line: Dynsec, account: Account, roles: set[str]) -> bool:
    changed = await line.put_role(account.username, account.rules)
    if roles != {account.username}:
        own = [{"rolename": account.username}]
        await line.do({"command": "modifyClient", "username": account.username, "roles": own})
        changed = True
    return changed


async def _retire_script_account(line: Dynsec, station: str) -> None:
    """Before the product managed accounts, a script made them under the station's own id."""
    (held,) = await line.ask({"command": "getClient", "username": station})
    roles = {each["rolename"] for each in held.get("data", {}).get("client", {}).get("roles", [])}
    if f"station-{station}" in roles:
        await line.remove(station, f"station-{station}")
