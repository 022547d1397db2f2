"""Settings of the message service, and when real phones may not be reached."""

from typing import Any

import pytest
from pydantic import ValidationError

from dispatch.settings import SmsSettings, check_allowed
from eoc.errors import Refused

TWILIO = {"account_sid": "AC" + "0" * 32, "auth_token": "t", "from": "EOC"}


def test_the_demo_needs_no_settings() -> None:
    settings = SmsSettings()
    assert settings.chosen.kind == "console"
    check_allowed(settings, mode="exercise", clock="data")


def test_twilio_by_its_public_names() -> None:
    settings = SmsSettings.model_validate({"provider": "twilio", "twilio": TWILIO, "rate_per_s": "100"})
    assert settings.chosen.kind == "twilio"
    assert settings.rate_per_s == 100
    check_allowed(settings, mode="live", clock="wall")


@pytest.mark.parametrize(
    ("mode", "clock", "code"),
    [
        ("exercise", "wall", "sms.live_provider_in_exercise"),
        ("exercise", "data", "sms.live_provider_in_exercise"),
        ("live", "data", "sms.live_provider_on_data_clock"),
    ],
)
def test_no_exercise_and_no_tape_reaches_a_real_phone(mode: str, clock: str, code: str) -> None:
    settings = SmsSettings.model_validate({"provider": "twilio", "twilio": TWILIO})
    with pytest.raises(Refused) as refused:
        check_allowed(settings, mode=mode, clock=clock)
    assert refused.value.code == code


@pytest.mark.parametrize(
    "values",
    [
        {"provider": "twilio"},
        {"provider": "smtp"},
        {"rate_per_s": 0},
        {"rate_per_s": -1},
        {"rate": 5},
        {"twilio": {"account_sid": "AC1", "auth_token": "t", "from": "EOC"}},
    ],
)
def test_settings_that_cannot_be(values: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        SmsSettings.model_validate(values)
