"""Twilio's client against a stateful server, and both against Twilio's own description of its API."""

import asyncio
import contextlib
import json
import logging
import random
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from pydantic import ValidationError
from twilio.request_validator import RequestValidator

from dispatch.providers import (
    Found,
    OutgoingSms,
    Provider,
    ProviderParts,
    TwilioConfig,
    Unavailable,
    Unknown,
    open_provider,
)
from eoc.clock import wall_now
from eoc.errors import EocError, Permanent, Temporary
from eoc.store import Store
from tests.dispatch.world import VAULT
from tests.fakes.openapi import Judge
from tests.fakes.twilio_server import ACCOUNT, MESSAGES, SERVICE, TOKEN, Faults, TwilioServer
from tests.services.children import free_port

NUMBER = "+84987654321"
SMS = OutgoingSms("w.3.17", NUMBER, "EOC Mẫu: LŨ, SƠ TÁN NGAY", valid_s=3600.7, segments=1, warning="w")
DOCUMENT = Path(__file__).parents[3].parent / "shared" / "data" / "twilio" / "twilio_api_v2010.json"

#: The few lines of Twilio's description that matter most, for checkouts without the whole document beside them.
EXCERPT: Any = {
    "paths": {
        MESSAGES: {
            "post": {
                "requestBody": {
                    "content": {
                        "application/x-www-form-urlencoded": {
                            "schema": {
                                "required": ["To"],
                                "properties": {
                                    "To": {"type": "string"},
                                    "From": {"type": "string"},
                                    "Body": {"type": "string"},
                                    "MessagingServiceSid": {"type": "string", "pattern": "^MG[0-9a-fA-F]{32}$"},
                                    "StatusCallback": {"type": "string", "format": "uri"},
                                    "ValidityPeriod": {"type": "integer"},
                                },
                            }
                        }
                    }
                },
                "responses": {"201": {"content": {"application/json": {"schema": {"type": "object"}}}}},
            },
            "get": {
                "parameters": [
                    {"name": "To", "in": "query", "schema": {"type": "string"}},
                    {"name": "PageSize", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 1000}},
                    {"name": "Page", "in": "query", "schema": {"type": "integer"}},
                ],
                "responses": {"200": {"content": {"application/json": {"schema": {"type": "object"}}}}},
            },
        }
    }
}


@pytest.fixture(scope="module")
def judge() -> Judge:
    return Judge(json.loads(DOCUMENT.read_text("utf-8")) if DOCUMENT.exists() else EXCERPT)


@pytest.fixture
async def server(judge: Judge) -> AsyncIterator[TwilioServer]:
    async with TwilioServer(random.Random(3), judge=judge) as running:
        yield running
        assert running.disagreements == []


def config(server: TwilioServer | str, **changes: Any) -> TwilioConfig:
    base_url = server if isinstance(server, str) else server.base_url
    parts = {"account_sid": ACCOUNT, "auth_token": TOKEN, "from": "EOCMAU", "base_url": base_url, "timeout_s": 2.0}
    return TwilioConfig.model_validate(parts | changes)


@contextlib.asynccontextmanager
async def opened(settings: TwilioConfig) -> AsyncIterator[Provider]:
    nowhere: Any = None  # this provider needs no database
    async with open_provider(settings, ProviderParts(nowhere, VAULT, "EOCMAU")) as provider:
        yield provider


@pytest.fixture
async def twilio(server: TwilioServer) -> AsyncIterator[Provider]:
    async with opened(config(server)) as provider:
        yield provider


async def outcome(provider: Provider, sms: OutgoingSms = SMS) -> EocError:
    with pytest.raises(EocError) as raised:
        await provider.send(sms)
    return raised.value


# -- what is asked, and what it is judged by --------------------------------------------------------------------------


async def test_what_is_sent_is_what_twilio_describes(server: TwilioServer, twilio: Provider) -> None:
    sent = await twilio.send(SMS)
    request = server.requests[-1]
    assert sent.provider_id == server.accepted[0].sid
    assert (request.method, request.path) == ("POST", MESSAGES.replace("{AccountSid}", ACCOUNT))
    assert {name: values[0] for name, values in request.fields.items()} == {
        "To": NUMBER,
        "From": "EOCMAU",
        "Body": SMS.body,
        "ValidityPeriod": "3600",
    }


async def test_a_messaging_service_and_a_callback(server: TwilioServer) -> None:
    settings = config(
        server, **{"from": None}, messaging_service_sid=SERVICE, status_callback="https://eoc.example/twilio"
    )
    async with opened(settings) as provider:
        await provider.send(SMS)
    fields = server.requests[-1].fields
    assert fields["MessagingServiceSid"] == [SERVICE]
    assert fields["StatusCallback"] == ["https://eoc.example/twilio"]
    assert "From" not in fields


@pytest.mark.parametrize(("life_s", "period"), [(0.4, "1"), (59.9, "59"), (36_000.0, "36000"), (90_000.0, "36000")])
async def test_a_message_lives_no_longer_than_its_warning(
    server: TwilioServer, twilio: Provider, life_s: float, period: str
) -> None:
    await twilio.send(replace(SMS, valid_s=life_s))
    assert server.requests[-1].fields["ValidityPeriod"] == [period]


async def test_a_base_url_may_have_a_path_of_its_own(server: TwilioServer) -> None:
    async with opened(config(server.base_url + "/gateway/")) as provider:
        assert isinstance(await outcome(provider), Unavailable)
    assert server.requests[-1].path == "/gateway" + MESSAGES.replace("{AccountSid}", ACCOUNT)


def test_the_judge_agrees_with_the_documents_own_examples(judge: Judge) -> None:
    for method, status in (("post", 201), ("get", 200)):
        for name, example in judge.examples(MESSAGES, method, status).items():
            assert judge.answer(MESSAGES, method, status, example) == [], name


@pytest.mark.parametrize(
    "form",
    [
        {"Body": ["x"], "From": ["EOC"]},
        {"To": [NUMBER], "Text": ["x"]},
        {"To": [NUMBER], "ValidityPeriod": ["an hour"]},
        {"To": [NUMBER], "MessagingServiceSid": ["SM1"]},
        {"To": [NUMBER], "StatusCallback": ["no address"]},
    ],
)
def test_the_judge_finds_mistakes(judge: Judge, form: dict[str, list[str]]) -> None:
    assert judge.form(MESSAGES, form) != []


def test_the_judge_finds_wrong_answers(judge: Judge) -> None:
    assert judge.answer(MESSAGES, "post", 201, []) != []
    assert judge.answer(MESSAGES, "post", 202, {}) != []
    if DOCUMENT.exists():
        assert judge.answer(MESSAGES, "post", 201, {"status": "flying"}) != []
        assert judge.answer(MESSAGES, "post", 201, {"sid": "XX1"}) != []
        assert judge.query(MESSAGES, {"PageSize": ["0"]}) != []


# -- what may go wrong ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("faults", "error", "code", "taken"),
    [
        (Faults(too_many=1), Unavailable, "sms.rate_limited", 0),
        (Faults(error_before=1), Unknown, "sms.provider_error", 0),
        (Faults(error_after=1), Unknown, "sms.provider_error", 1),
        (Faults(reset_before=1), Unknown, "sms.answer_lost", 0),
        (Faults(reset_after=1), Unknown, "sms.answer_lost", 1),
        (Faults(hang_after=1), Unknown, "sms.answer_lost", 1),
        (Faults(garbage=1), Unknown, "sms.answer_unreadable", 1),
    ],
)
async def test_faults_of_the_provider(
    server: TwilioServer, faults: Faults, error: type[EocError], code: str, taken: int
) -> None:
    async with opened(config(server, timeout_s=0.3)) as provider:
        server.faults = faults
        raised = await outcome(provider)
        assert (type(raised), raised.code) == (error, code)
        assert len(server.accepted) == taken
        server.faults = Faults()
        found = await provider.lookup(SMS, wall_now())
        assert len(found) == taken
        # The connection is usable again.
        await provider.send(SMS)


@pytest.mark.parametrize(
    ("twilio_code", "error", "code"),
    [
        (21211, Permanent, "sms.number_refused"),
        (21614, Permanent, "sms.number_refused"),
        (21610, Permanent, "sms.opted_out"),
        (21617, Permanent, "sms.text_refused"),
        (21999, Permanent, "sms.refused"),
        (21408, Unavailable, "sms.account_refused"),
        (21606, Unavailable, "sms.account_refused"),
        (21611, Unavailable, "sms.rate_limited"),
    ],
)
async def test_refusals_in_our_words(
    server: TwilioServer, twilio: Provider, twilio_code: int, error: type[EocError], code: str
) -> None:
    server.refuse = lambda _to: twilio_code
    raised = await outcome(twilio)
    assert (type(raised), raised.code) == (error, code)
    assert raised.__context__ is None
    assert NUMBER[3:] not in repr(raised)


async def test_a_wrong_token_is_the_accounts_trouble_not_the_messages(server: TwilioServer) -> None:
    async with opened(config(server, auth_token="wrong")) as provider:
        raised = await outcome(provider)
    assert isinstance(raised, Unavailable)
    assert raised.code == "sms.account_refused"


async def test_where_nobody_listens_nothing_was_sent() -> None:
    async with opened(config(f"http://127.0.0.1:{free_port()}")) as provider:
        raised = await outcome(provider)
        assert isinstance(raised, Unavailable)
        assert raised.code == "sms.unreachable"
        with pytest.raises(Temporary):
            await provider.lookup(SMS, wall_now())


async def test_an_outage_of_a_moment(server: TwilioServer, twilio: Provider) -> None:
    await twilio.send(SMS)
    port = server.port
    await server.stop()
    # The kept connection is gone (unknown), then nobody listens (nothing was sent).
    raised = [await outcome(twilio) for _ in range(3)]
    assert raised[-1].code == "sms.unreachable"
    await server.start(port)
    await twilio.send(SMS)
    assert len(server.accepted) == 2


async def test_a_redirect_is_not_followed() -> None:
    async def moved(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 307 X\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    other = await asyncio.start_server(moved, "127.0.0.1", 0)
    async with other, opened(config(f"http://127.0.0.1:{other.sockets[0].getsockname()[1]}")) as provider:
        raised = await outcome(provider)
    assert isinstance(raised, Unavailable)


# -- looking up -------------------------------------------------------------------------------------------------------


async def test_a_message_that_failed_after_it_was_taken(server: TwilioServer, twilio: Provider) -> None:
    sent = await twilio.send(SMS)
    await server.report(0, "undelivered", 30003)
    assert await twilio.lookup(SMS, wall_now()) == [Found(sent.provider_id, failed=True)]


async def test_the_same_words_of_another_day_are_not_this_message(server: TwilioServer, twilio: Provider) -> None:
    await twilio.send(SMS)
    server.accepted[0] = replace(server.accepted[0], created=wall_now() - timedelta(hours=25))
    assert await twilio.lookup(SMS, wall_now()) == []
    sent = await twilio.send(SMS)
    assert await twilio.lookup(SMS, wall_now()) == [Found(sent.provider_id)]


@pytest.mark.parametrize("hours", [-20, 20])
async def test_clocks_may_differ_by_hours(server: TwilioServer, twilio: Provider, hours: int) -> None:
    sent = await twilio.send(SMS)
    assert await twilio.lookup(SMS, wall_now() + timedelta(hours=hours)) == [Found(sent.provider_id)]


async def test_a_queued_message_without_a_date_sent_is_found(server: TwilioServer, twilio: Provider) -> None:
    sent = await twilio.send(SMS)
    assert server.accepted[0].status == "queued"
    assert await twilio.lookup(SMS, wall_now()) == [Found(sent.provider_id)]


async def test_a_lookup_that_fails_tells_nothing(server: TwilioServer, twilio: Provider) -> None:
    server.faults = Faults(lookup_error=1)
    with pytest.raises(Temporary, match="lookup_failed"):
        await twilio.lookup(SMS, wall_now())


async def test_the_list_is_asked_for_by_number_newest_first(server: TwilioServer, twilio: Provider) -> None:
    server.page_size = 5
    for index in range(12):
        await twilio.send(replace(SMS, body=f"{SMS.body} {index}"))
    sent = await twilio.send(SMS)
    again = await twilio.send(SMS)
    assert await twilio.lookup(SMS, wall_now()) == [Found(again.provider_id), Found(sent.provider_id)]
    (first,) = await twilio.lookup(replace(SMS, body=f"{SMS.body} 0"), wall_now())
    assert first.provider_id == server.accepted[0].sid
    assert all(request.fields["To"] == [NUMBER] for request in server.requests if request.method == "GET")


# -- settings, secrets, callbacks -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        {"account_sid": "AC1"},
        {"from": None},
        {"messaging_service_sid": "MG1"},
        {"base_url": "ftp://x"},
        {"base_url": "https://x/?a=b"},
        {"status_callback": "javascript:1"},
        {"timeout_s": 0},
        {"auth_tokn": "x"},
    ],
)
def test_settings_that_cannot_be(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as refused:
        config("https://api.example", **changes)
    assert TOKEN not in str(refused.value)


def test_the_token_does_not_show() -> None:
    assert TOKEN not in repr(config("https://api.example"))
    assert TOKEN not in config("https://api.example").model_dump_json()


async def test_nothing_about_a_person_is_logged_even_when_it_fails(
    server: TwilioServer, twilio: Provider, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for faults in (Faults(), Faults(error_after=1), Faults(reset_after=1), Faults(garbage=1), Faults(lookup_error=1)):
        server.faults = faults
        with contextlib.suppress(EocError):
            await twilio.send(SMS)
        with contextlib.suppress(EocError):
            await twilio.lookup(SMS, wall_now())
    assert NUMBER[3:] not in caplog.text
    assert TOKEN not in caplog.text


async def test_status_callbacks_come_signed(server: TwilioServer, free_port: int) -> None:
    heard: list[tuple[dict[str, str], str]] = []

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        headers = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if line)
        body = (await reader.readexactly(int(headers["Content-Length"]))).decode()
        heard.append(({k: v[0] for k, v in parse_qs(body).items()}, headers["X-Twilio-Signature"]))
        writer.write(b"HTTP/1.1 204 X\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    url = f"http://127.0.0.1:{free_port}/api/v1/providers/twilio/status"
    async with await asyncio.start_server(listen, "127.0.0.1", free_port):
        async with opened(config(server, status_callback=url)) as provider:
            await provider.send(SMS)
        await server.report(0, "delivered")
    fields, signature = heard[0]
    assert fields["MessageStatus"] == "delivered"
    assert RequestValidator(TOKEN).validate(url, fields, signature)
    assert not RequestValidator("other").validate(url, fields, signature)


async def test_two_providers_are_independent(store: Store, server: TwilioServer) -> None:
    async with opened(config(server)) as first, opened(config(server)) as second:
        await asyncio.gather(*(provider.send(SMS) for provider in (first, second) for _ in range(5)))
    assert len(server.accepted) == 10
