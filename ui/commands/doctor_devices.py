"""The part of `eoc doctor` that looks at the broker, the devices' credentials, and who is silent."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from eoc.store import Store
    from ui.settings import Settings

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True, slots=True)
class Found:
    """As `doctor.Finding`, which it becomes."""

    name: str
    state: str
    detail: str
    advice: str = ""


async def look(settings: "Settings") -> AsyncIterator[Found]:
    """Nothing is changed anywhere."""
    async for each in _broker(settings):
        yield each
    async for each in _books(settings):
        yield each


async def _broker(settings: "Settings") -> AsyncIterator[Found]:
    if settings.mqtt_url:
        async for each in _external(settings.mqtt_url):
            yield each
        return
    from sensors.broker import find_mosquitto
    from sensors.broker.accounts import find_plugin

    program, plugin = find_mosquitto(), find_plugin()
    if program is None or settings.mqtt_broker == "iotcore":
        detail = "embedded iotcore on the loopback, one shared credential"
        advice = "install Mosquitto with its dynamic-security plugin before devices connect from the network"
        yield Found("broker", "warn", detail, advice if program is None else "drop EOC_MQTT_BROKER=iotcore")
    elif plugin is None:
        detail = "Mosquitto without its dynamic-security plugin: one shared credential, loopback only"
        yield Found("broker", "warn", detail, "install the package that brings mosquitto_dynamic_security.so")
    elif settings.mqtt_host not in _LOOPBACK:
        detail = f"Mosquitto on {settings.mqtt_host}:{settings.mqtt_port}, each device held to its own topics"
        advice = "passwords cross the network in the clear: keep it in a closed one, or use a broker with TLS"
        yield Found("broker", "warn", detail, advice)
    else:
        yield Found("broker", "ok", "Mosquitto on the loopback, each device held to its own topics, its log is read")


async def _external(url: str) -> AsyncIterator[Found]:
    from eoc.errors import EocError, Refused
    from sensors.address import BrokerAddress
    from sensors.registry import DeviceAccounts, anonymous_may_enter

    try:
        address = BrokerAddress.parse(url)
        state = await DeviceAccounts(address, own_username=address.username).inspect()
        nameless = await anonymous_may_enter(address)
    except Refused as error:
        yield Found(
            "broker", "warn", f"external, devices are not held to their topics ({error.code})", _ADVICE[error.code]
        )
        return
    except EocError as error:
        yield Found("broker", "fail", f"external: {error.code}", "check EOC_MQTT_URL and that the broker runs")
        return
    if nameless:
        detail = "external, but a client without a name is let in: no credential protects anything"
        yield Found("broker", "fail", detail, "set allow_anonymous false")
    elif not state:
        detail = "external; the product's own account lacks its topics yet"
        yield Found("broker", "ok", detail, "the role ingest gives them at its next start")
    else:
        yield Found("broker", "ok", "external, each device is held to its own topics")
    # Its log is on another machine: nobody here can count what it refuses.
    detail = "refusals are in the external broker's own log, which the product cannot read: no security alerts from it"
    advice = "set `log_type debug`, `log_type notice` and a log_dest there, and watch for 'Denied' and 'not authorised'"
    yield Found("broker log", "warn", detail, advice)


_ADVICE = {
    "refused.no_dynsec": "load mosquitto_dynamic_security.so and let the account of EOC_MQTT_URL manage it",
    "refused.broker_open": "set its default access for publishClientSend and subscribe to deny",
    "refused.broker_login": "the broker refuses the account of EOC_MQTT_URL: correct name or password",
}


async def _books(settings: "Settings") -> AsyncIterator[Found]:
    """What the product knows of its devices; nothing when there is no database yet."""
    from eoc.bus import LocalBus
    from eoc.store import open_store

    try:
        async with open_store(settings.url, LocalBus()) as store:
            async for each in _devices(store):
                yield each
    except Exception as error:
        # The finding "database" says what is wrong with it.
        yield Found("devices", "warn", f"unknown: {type(error).__name__}")


async def _devices(store: "Store") -> AsyncIterator[Found]:
    from eoc.store import kept
    from sensors.store import devices as rows

    async with store.read() as connection:
        credentials = await rows.credentials(connection)
        presence = await rows.presence(connection)
        opened = await rows.tickets(connection)
        facts = await kept.get(connection, "mqtt_accounts")
    lost = sorted(name for name, each in credentials.items() if each.state == rows.LOST)
    shared = sorted(name for name, each in credentials.items() if not each.enforced)
    unknown = (facts or {}).get("unknown", [])
    if lost:
        yield Found(
            "credentials", "fail", f"the broker has lost {_some(lost)}", "issue them again, on each device's page"
        )
    elif shared:
        yield Found(
            "credentials", "warn", f"not enforced: {_some(shared)}", "issue them again where the broker enforces"
        )
    else:
        yield Found("credentials", "ok", f"{len(credentials)} issued")
    if unknown:
        detail = f"the broker knows accounts that are not in the books: {_some(unknown)}"
        yield Found("credentials", "warn", detail, "issue them again, so that both agree")
    silent = sorted(name for name, each in presence.items() if each.watch.get("state") == "silent")
    watched = sum(each.watch.get("state") in {"online", "late", "silent"} for each in presence.values())
    state = "warn" if silent or opened else "ok"
    urgent = sum(each.priority == "high" for each in opened)
    detail = f"{watched} heard of, {len(silent)} silent{': ' + _some(silent) if silent else ''}; {len(opened)} tickets"
    yield Found("devices", state, detail, f"{urgent} of them urgent" if urgent else "")


def _some(names: list[str]) -> str:
    shown = ", ".join(names[:5])
    return shown if len(names) <= 5 else f"{shown} and {len(names) - 5} more"
