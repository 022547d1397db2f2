"""Settings of the sensors' side; `ui.settings` composes them and reads the environment."""

from typing import Literal

from pydantic import BaseModel, Field, SecretStr


class MqttSettings(BaseModel):
    """Where devices are heard (`EOC_MQTT_URL`, `EOC_MQTT_PORT`, ...).

    With `mqtt_url` no broker is started; without it one listens on `mqtt_host`, MQTT 3.1.1 on `mqtt_port`, MQTT 5 on
    `mqtt_v5_port` (default: the next one). Another host than the loopback needs Mosquitto with its dynamic-security
    plugin, and no demo.
    """

    mqtt_url: str | None = None
    mqtt_host: str = "127.0.0.1"
    mqtt_port: int = Field(default=1883, ge=1, le=65534)
    mqtt_v5_port: int | None = Field(default=None, ge=1, le=65535)
    mqtt_broker: Literal["auto", "mosquitto", "iotcore"] = "auto"
    mqtt_version: Literal["5", "3.1.1"] = "5"

    @property
    def v5_port(self) -> int:
        """The port for MQTT 5 where it has one of its own."""
        return self.mqtt_port + 1 if self.mqtt_v5_port is None else self.mqtt_v5_port


class FeedSettings(BaseModel):
    """Secrets that feeds are asked with, by the name a pack gives them in `key`.

    `EOC_FEED_KEYS='{"vrain": "..."}'`, or one by one: `EOC_FEED_KEYS__VRAIN=...`.
    """

    feed_keys: dict[str, SecretStr] = Field(default_factory=dict)
