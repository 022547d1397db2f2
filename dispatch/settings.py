"""Settings of dispatch (`EOC_SMS__*`); `ui.settings` composes them."""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from dispatch.providers import LIVE, ConsoleConfig, ProviderConfig, TwilioConfig
from eoc.errors import Refused


class SmsSettings(BaseModel):
    """Who carries the messages and how fast.

    `rate_per_s`: segments a second that the contract with the operators allows, all recipients together. It decides
    how long a warning takes to reach everybody, so it is shown before sending.
    """

    model_config = ConfigDict(extra="forbid")

    provider: Literal["console", "twilio"] = "console"
    console: ConsoleConfig = ConsoleConfig()
    twilio: TwilioConfig | None = None
    rate_per_s: float = Field(default=10.0, gt=0, le=10_000)

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.provider == "twilio" and self.twilio is None:
            raise ValueError("provider twilio needs the settings of twilio")
        return self

    @property
    def chosen(self) -> ProviderConfig:
        """The configuration of the chosen provider."""
        return self.twilio if self.provider == "twilio" and self.twilio is not None else self.console


def check_allowed(settings: SmsSettings, *, mode: str, clock: str) -> None:
    """Raises `Refused` when messages would reach real phones although this is an exercise or a replayed tape."""
    if settings.provider not in LIVE:
        return
    if mode != "live":
        raise Refused("sms.live_provider_in_exercise", provider=settings.provider)
    if clock != "wall":
        raise Refused("sms.live_provider_on_data_clock", provider=settings.provider)
