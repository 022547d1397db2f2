"""Twilio, through its official client.

What its documentation says and this module lives by: a POST is not idempotent (after a 500 it may have been taken),
delivery to Vietnam is "SMSC acknowledgement only", a sender name has at most 11 characters and is registered with
the operators, and error codes change over time, so an unknown refusal is never a reason to give up an account.
"""

import contextlib
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any, Literal, Self

import aiohttp
from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator
from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException
from twilio.rest import Client

from dispatch.providers.base import Found, OutgoingSms, Permanent, Sent, Temporary, Unavailable, Unknown
from dispatch.providers.parts import ProviderParts
from dispatch.providers.twilio_http import OFFICIAL, TwilioTransport, never_left

LONGEST_VALIDITY_S = 36_000
_CLOCK_TOLERANCE = timedelta(hours=24)
_LOOKUP_LIMIT = 50
_PAUSE_S = 1.0
_ACCOUNT_PAUSE_S = 30.0

#: The number itself is the trouble.
_NUMBER_CODES = frozenset({21211, 21214, 21217, 21265, 21614, 21635, 21266, 21268})
_OPTED_OUT = frozenset({21610})
_BODY_CODES = frozenset({21602, 21617, 21619, 30007})
#: The account, its sender or its permissions: the next message would be refused as well.
_ACCOUNT_CODES = frozenset(
    {20003, 20005, 20404, 21212, 21267, 21408, 21601, 21603, 21606, 21608, 21659, 21660, 21701, 21703, 21705}
)
_RATE_CODES = frozenset({20429, 14107, 21611})
_FAILED_STATUSES = frozenset({"failed", "undelivered", "canceled"})


class TwilioConfig(BaseModel):
    """`EOC_SMS__TWILIO__*`. Either `from` (the registered sender name) or a messaging service names the sender."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    kind: Literal["twilio"] = "twilio"
    account_sid: str = Field(pattern=r"^AC[0-9a-fA-F]{32}$")
    auth_token: SecretStr
    from_: str | None = Field(default=None, alias="from", min_length=1, max_length=16)
    messaging_service_sid: str | None = Field(default=None, pattern=r"^MG[0-9a-fA-F]{32}$")
    base_url: str = Field(default=OFFICIAL, pattern=r"^https?://[^\s?#]+$")
    status_callback: str | None = Field(default=None, pattern=r"^https?://[^\s]+$")
    timeout_s: float = Field(default=10.0, gt=0, le=60)

    @model_validator(mode="after")
    def _has_sender(self) -> Self:
        if self.from_ is None and self.messaging_service_sid is None:
            raise ValueError("either from or messaging_service_sid is needed")
        return self


class TwilioProvider:
    """See the module. Nothing here raises an error that holds a number or a text."""

    kind = "twilio"
    can_look_up = True

    def __init__(self, config: TwilioConfig, client: Client) -> None:
        self._config = config
        self._messages = client.messages

    async def send(self, sms: OutgoingSms) -> Sent:
        fault: Exception | None = None
        try:
            message = await self._messages.create_async(**self._request(sms))
            if message.sid:
                return Sent(str(message.sid))
            fault = Unknown("sms.answer_unreadable")
        except (TwilioRestException, TwilioServiceException) as error:
            fault = _refusal(error.status, error.code)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            fault = Unavailable("sms.unreachable", _PAUSE_S) if never_left(error) else Unknown("sms.answer_lost")
        except (TwilioException, ValueError, TypeError, AttributeError):
            fault = Unknown("sms.answer_unreadable")
        # Raised out here, so that the original (whose text may name the number) is not its context.
        raise fault

    def _request(self, sms: OutgoingSms) -> dict[str, Any]:
        chosen = {
            "to": sms.to,
            "body": sms.body,
            "from_": self._config.from_,
            "messaging_service_sid": self._config.messaging_service_sid,
            "status_callback": self._config.status_callback,
            "validity_period": min(LONGEST_VALIDITY_S, max(1, int(sms.valid_s))),
        }
        return {name: value for name, value in chosen.items() if value is not None}

    async def lookup(self, sms: OutgoingSms, since: datetime) -> list[Found]:
        """Not filtered by `DateSent`: a message that still waits in the provider's queue has none."""
        fault: Exception | None = None
        try:
            listed = await self._messages.list_async(to=sms.to, limit=_LOOKUP_LIMIT, page_size=_LOOKUP_LIMIT)
        except (TwilioRestException, TwilioServiceException) as error:
            refusal = _refusal(error.status, error.code)
            fault = refusal if isinstance(refusal, Unavailable) else Temporary("sms.lookup_failed")
        except (aiohttp.ClientError, TimeoutError, OSError, TwilioException, ValueError, TypeError, AttributeError):
            fault = Temporary("sms.lookup_failed")
        if fault is not None:
            raise fault
        return [
            Found(str(message.sid), failed=str(message.status) in _FAILED_STATUSES)
            for message in listed
            if _may_be_ours(message, sms, since - _CLOCK_TOLERANCE)
        ]


def _may_be_ours(message: Any, sms: OutgoingSms, since: datetime) -> bool:
    created = message.date_created
    # A trial account puts a sentence of its own in front of the text.
    return bool(str(message.body or "").endswith(sms.body) and (created is None or created >= since))


def _refusal(status: int, code: int | None) -> Exception:
    """An error answer in our words. Everything from 500 on may have been taken: unknown."""
    number = code or 0
    if status == 429 or number in _RATE_CODES:
        return Unavailable("sms.rate_limited", _PAUSE_S)
    if status >= 500:
        return Unknown("sms.provider_error")
    if status in (401, 403, 404) or status < 400 or number in _ACCOUNT_CODES:
        return Unavailable("sms.account_refused", _ACCOUNT_PAUSE_S)
    if number in _NUMBER_CODES:
        return Permanent("sms.number_refused", provider_code=number)
    if number in _OPTED_OUT:
        return Permanent("sms.opted_out", provider_code=number)
    if number in _BODY_CODES:
        return Permanent("sms.text_refused", provider_code=number)
    return Permanent("sms.refused", provider_code=number)


@contextlib.asynccontextmanager
async def open_twilio(config: TwilioConfig, _parts: ProviderParts) -> AsyncIterator[TwilioProvider]:
    """The provider with its connections, closed at the end."""
    transport = TwilioTransport(config.base_url, config.timeout_s)
    # An empty environment: the client must not pick up credentials that nobody configured.
    client = Client(
        config.account_sid,
        config.auth_token.get_secret_value(),
        http_client=transport,
        environment={"EOC": "1"},
    )
    try:
        yield TwilioProvider(config, client)
    finally:
        await transport.close()
