"""Who may say and hear what at the broker: accounts, their roles, and the topics of each role.

An account is named after what it is for (`device-<station>`, `gateway-<id>`, `source-<name>`), so that no station can
be called like an account of the product. Everything that no rule allows is refused, also what a device is sent: a
client that took over another one's session would otherwise inherit its subscriptions.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

Rule = tuple[str, str, bool, int]
"""(kind of access, topic filter, allowed, priority: the highest that matches decides)."""

Kind = Literal["device", "gateway", "source"]

_NOTHING_ELSE: Final = (
    ("publishClientSend", "#"),
    ("publishClientReceive", "#"),
    ("subscribePattern", "#"),
    ("publishClientSend", "$CONTROL/#"),
    ("subscribePattern", "$CONTROL/#"),
    ("subscribePattern", "$SYS/#"),
)
"""Refused to every account of a device, after what it is allowed: also on a broker whose defaults are others' wish."""

DENY_BY_DEFAULT: Final = (
    ("publishClientSend", False),
    ("publishClientReceive", False),
    ("subscribe", False),
    ("unsubscribe", True),
)
SAYS: Final = ("obs", "status", "release", "cmd/result")
"""What a station says, below `eoc/v1/<id>/`."""
HEARS: Final = ("ack", "cmd")
CONTROL: Final = "$CONTROL/dynamic-security/v1"
RESPONSE: Final = CONTROL + "/response"

ADMIN, PRODUCT, SENDER, GUEST = "eoc-admin", "eoc-product", "eoc-sender", "eoc-guest"
"""Roles of the product's own: managing accounts, reading everything and answering, playing any station (simulator),
and whoever enters a demo without a name."""


@dataclass(frozen=True, slots=True)
class Account:
    """One credential. `stations`: whose topics it owns (a device's one, a gateway's many); `filters`: a source's own
    topics, as the pack declares them."""

    kind: Kind
    owner: str
    stations: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()

    @classmethod
    def of_device(cls, station: str) -> "Account":
        return cls("device", station, (station,))

    @property
    def username(self) -> str:
        """Also the name of its role."""
        return f"{self.kind}-{self.owner}"

    @property
    def rules(self) -> list[Rule]:
        """Write what its stations say and what its source publishes, hear what its stations are told; nothing else."""
        allowed = [("publishClientSend", topic) for topic in self.filters]
        for station in self.stations:
            allowed += [("publishClientSend", f"eoc/v1/{station}/{what}") for what in SAYS]
            for what in HEARS:
                topic = f"eoc/v1/{station}/{what}"
                allowed += [("subscribeLiteral", topic), ("publishClientReceive", topic)]
        refused = [(kind, topic, False, 0) for kind, topic in _NOTHING_ELSE]
        return [*((kind, topic, True, 1) for kind, topic in allowed), *refused]


def product_rules() -> list[Rule]:
    """Hear everything, also sharing subscriptions with other processes; answer and command, but be nobody's gauge."""
    sends = [("publishClientSend", f"eoc/v1/+/{what}") for what in HEARS]
    hears = [("publishClientReceive", "#"), ("publishClientReceive", "$SYS/#")]
    asks = [("subscribePattern", each) for each in ("#", "$share/+/#", "$SYS/#")]
    return [(kind, topic, True, 0) for kind, topic in (*sends, *hears, *asks)]


def admin_rules() -> list[Rule]:
    """Manage accounts, and nothing else."""
    return [
        ("publishClientSend", CONTROL, True, 0),
        ("publishClientReceive", RESPONSE, True, 0),
        ("subscribePattern", RESPONSE, True, 0),
    ]


def sender_rules() -> list[Rule]:
    """Speak for any station and hear its acknowledgements: the simulator, on this machine only."""
    says = [("publishClientSend", f"eoc/v1/+/{what}", True, 0) for what in SAYS]
    hears = [
        rule
        for what in HEARS
        for rule in (
            ("publishClientReceive", f"eoc/v1/+/{what}", True, 0),
            ("subscribePattern", f"eoc/v1/+/{what}", True, 0),
        )
    ]
    return says + hears


def guest_rules(closed: Iterable[str]) -> list[Rule]:
    """A demo's visitor without a name may play any station, except those in `closed`, which have their own
    credential; never acknowledge or command."""
    shut = [("publishClientSend", f"eoc/v1/{station}/{what}", False, 10) for station in closed for what in SAYS]
    listens = [("publishClientReceive", "eoc/v1/#", True, 0), ("subscribePattern", "eoc/v1/#", True, 0)]
    return sender_rules() + listens + shut


def acls(rules: Sequence[Rule]) -> list[dict[str, Any]]:
    """Rules as the plugin spells them."""
    return [
        {"acltype": kind, "topic": topic, "priority": priority, "allow": allowed}
        for kind, topic, allowed, priority in rules
    ]


def rules_of(role: Mapping[str, Any]) -> set[Rule]:
    """Inverse of `acls`, from the plugin's description of a role."""
    return {
        (each["acltype"], each["topic"], bool(each["allow"]), int(each.get("priority", 0)))
        for each in role.get("acls", [])
    }
