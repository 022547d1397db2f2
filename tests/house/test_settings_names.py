"""The names of the settings: those of the public contract exist, and the deployment files use no others."""

import importlib
import importlib.util
from collections.abc import Iterator
from typing import get_args

from pydantic import BaseModel
from pydantic_settings import BaseSettings

from tests.house.test_compose import environment_names

# What people outside rely on: nothing here may be renamed or dropped without a decision record.
PUBLIC = {
    "EOC_DATABASE_URL", "EOC_REDIS_URL", "EOC_MQTT_URL", "EOC_MQTT_PORT", "EOC_MQTT_V5_PORT", "EOC_MQTT_BROKER",
    "EOC_DATA_DIR", "EOC_PACK", "EOC_MODE", "EOC_CLOCK", "EOC_PUBLIC_URL", "EOC_SECRET_KEY", "EOC_ADMIN_PASSWORD",
    "EOC_SMS__PROVIDER", "EOC_SMS__RATE_PER_S", "EOC_SMS__TWILIO__ACCOUNT_SID", "EOC_SMS__TWILIO__AUTH_TOKEN",
    "EOC_SMS__TWILIO__FROM", "EOC_SMS__TWILIO__MESSAGING_SERVICE_SID", "EOC_SMS__TWILIO__BASE_URL",
    "EOC_TLS_CERT", "EOC_TLS_KEY", "EOC_GEODATA_DIR", "EOC_DEMO_PASSWORD",
}  # fmt: skip


def names_of(model: type[BaseModel], prefix: str, delimiter: str) -> Iterator[str]:
    """Environment names of a settings model, nested models with the delimiter between."""
    for name, field in model.model_fields.items():
        shown = f"{prefix}{field.alias or name}".upper()
        yield shown
        for nested in (field.annotation, *get_args(field.annotation)):
            if isinstance(nested, type) and issubclass(nested, BaseModel):
                yield from names_of(nested, f"{shown}{delimiter}", delimiter)


def settings_model() -> type[BaseSettings]:
    module = importlib.import_module("ui.settings")
    own = [thing for thing in vars(module).values() if isinstance(thing, type)]
    (model,) = (m for m in own if issubclass(m, BaseSettings) and m.__module__ == module.__name__)
    return model


def known_names() -> set[str]:
    if importlib.util.find_spec("ui.settings") is None:
        return PUBLIC
    model = settings_model()
    return set(names_of(model, model.model_config["env_prefix"], model.model_config["env_nested_delimiter"] or "__"))


def test_the_deployment_uses_only_settings_that_exist() -> None:
    assert environment_names() - known_names() == set()


def test_every_public_setting_exists() -> None:
    assert known_names() >= PUBLIC


def test_names_of_nested_settings_are_found() -> None:
    class Inner(BaseModel):
        sender: str = ""

    class Outer(BaseModel):
        sms: Inner | None = None
        port: int = 1

    assert set(names_of(Outer, "EOC_", "__")) == {"EOC_SMS", "EOC_SMS__SENDER", "EOC_PORT"}
