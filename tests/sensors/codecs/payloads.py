"""One source of each codec and payloads as the real programs write them, after their documentation.

`GOOD[kind]` are messages and what must come of them; all else in them is what such messages carry besides.
"""

import json
from dataclasses import dataclass, field
from typing import Any

from eoc.packs.sources import SourceEntry

KINDS = ("json", "senml", "chirpstack", "ttn", "tasmota", "sensorthings")

SOURCES: dict[str, SourceEntry] = {
    kind: SourceEntry.model_validate({"id": kind, "codec": kind, **rest})
    for kind, rest in {
        "json": {
            "topic": "wsn/+/up",
            "devices": {"node-7": "s1", "node-8": {"station": "s2", "fields": {"lvl": "water_level_m"}}},
            "fields": {
                "lvl": {"property": "water_level_m", "unit": "cm", "offset": 1.0},
                "rain": "rain_mm",
                "bat.mv": {"health": "battery_v", "unit": "mV"},
            },
            "ignore": ["fw", "debug"],
            "naive_time": "+07:00",
        },
        "senml": {
            "topic": "senml/#",
            "devices": {"urn:dev:ow:10e2073a01080063": "s1", "urn:dev:mac:0024befffe804ff1": "s2"},
            "fields": {
                "v": "temperature_c",
                "level": "water_level_m",
                "rain": "rain_mm",
                "rh": "humidity_pct",
                "wind": "wind_speed_ms",
                "voltage": "battery_v",
                "rain.sum": "rain_acc_mm",
            },
            "ignore": ["label"],
            "ignore_devices": ["urn:dev:os:*"],
        },
        "chirpstack": {
            "topic": "application/+/device/+/event/+",
            "devices": {"0101010101010101": "s1", "Mua Đồng Tâm": "s2"},
            "fields": {
                "level_cm": {"property": "water_level_m", "unit": "cm"},
                "rain_mm": "rain_mm",
                "BatV": "battery_v",
            },
            "ignore": ["Work_mode", "debug"],
        },
        "ttn": {
            "topic": "v3/+/devices/+/up",
            "devices": {"dev1": "s1", "0004A30B001C0531": "s2"},
            "fields": {
                "distance_cm": {"property": "water_level_m", "unit": "cm", "scale": -1, "offset": 12.5},
                "temp": "temperature_c",
            },
            "ignore": ["status.*"],
        },
        "tasmota": {
            "topic": "tele/+/+",
            "devices": {"tasmota_9CF9D1": "s1"},
            "fields": {
                "SI7021.Temperature": "temperature_c",
                "SI7021.Humidity": "humidity_pct",
                "ANALOG.A0": {"property": "water_level_m", "unit": "mm"},
            },
            "ignore": ["Switch*", "SI7021.DewPoint"],
            "naive_time": "+07:00",
        },
        "sensorthings": {
            "topic": "v1.1/#",
            "devices": {
                "1": {"station": "s1", "fields": {"result": "water_level_m"}},
                "mua-2": {"station": "s2", "fields": {"result": "rain_mm"}},
            },
            "naive_time": "+07:00",
        },
    }.items()
}


@dataclass(frozen=True, slots=True)
class Expected:
    """What one record must become."""

    station: str
    at: str
    values: dict[str, float]
    health: dict[str, float] | None = None
    seq: int | None = None
    boot: str = ""


@dataclass(frozen=True, slots=True)
class Sample:
    """A real message. `records`: how many it holds when it is not ignored."""

    name: str
    topic: str
    payload: bytes
    expected: list[Expected] = field(default_factory=list)


def written(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


CHIRPSTACK_UP: dict[str, Any] = {
    "deduplicationId": "3ac7e3c4-4401-4b8d-9386-a5c902f9202d",
    "time": "2026-11-23T03:00:15.775023242+00:00",
    "deviceInfo": {
        "tenantId": "52f14cd4-c6f1-4fbd-8f87-4025e1d49242",
        "tenantName": "Binh Phuoc",
        "applicationId": "17c82e96-be03-4f38-aef3-f83d48582d97",
        "applicationName": "Thuy van",
        "deviceProfileId": "14855bf7-d10d-4aee-b618-ebfcb64dc7ad",
        "deviceProfileName": "Radar level",
        "deviceName": "Cau Nha Bich",
        "devEui": "0101010101010101",
        "deviceClassEnabled": "CLASS_A",
        "tags": {"river": "be"},
    },
    "devAddr": "00189440",
    "adr": True,
    "dr": 1,
    "fCnt": 1042,
    "fPort": 2,
    "confirmed": False,
    "data": "AQLnDQA=",
    "object": {"level_cm": 352.0, "BatV": 3.61, "Work_mode": "LIDAR", "debug": {"peaks": [1, 2], "gain": None}},
    "rxInfo": [
        {"gatewayId": "0016c001f153a14c", "uplinkId": 4217106255, "rssi": -108, "snr": -3.5, "crcStatus": "CRC_OK"},
        {"gatewayId": "0016c001f153a14d", "uplinkId": 4217106256, "nsTime": "2026-11-23T03:00:15.7Z", "rssi": -96,
         "snr": 6.2, "channel": 2, "location": {"latitude": 11.6, "longitude": 106.9}, "context": "E3OWOQ=="},
    ],
    "txInfo": {"frequency": 921400000, "modulation": {"lora": {"bandwidth": 125000, "spreadingFactor": 11}}},
}  # fmt: skip

CHIRPSTACK_STATUS: dict[str, Any] = {
    "deduplicationId": "4aa7e3c4-4401-4b8d-9386-a5c902f9202d",
    "time": "2026-11-23T03:10:00Z",
    "deviceInfo": CHIRPSTACK_UP["deviceInfo"],
    "margin": 14,
    "externalPowerSource": False,
    "batteryLevelUnavailable": False,
    "batteryLevel": 75.59,
}

TTN_UP: dict[str, Any] = {
    "end_device_ids": {
        "device_id": "dev1",
        "application_ids": {"application_id": "thuy-van"},
        "dev_eui": "0004A30B001C0530",
        "join_eui": "800000000000000C",
        "dev_addr": "00BCB929",
    },
    "correlation_ids": ["as:up:01E0WZGT6Y7657CPFPE5WEYDSQ", "gs:uplink:01E0WZGT6TXRZ"],
    "received_at": "2026-11-23T03:05:59.640330Z",
    "uplink_message": {
        "session_key_id": "AXA50tHUSTucTjbVjXl+zA==",
        "f_cnt": 1,
        "f_port": 1,
        "frm_payload": "gkHe",
        "decoded_payload": {"distance_cm": 432.5, "temp": 28.5, "status": {"tamper": False, "uptime_h": 812}},
        "rx_metadata": [
            {"gateway_ids": {"gateway_id": "gtw1", "eui": "9C5C8E00001A05C4"}, "time": "2026-11-23T03:05:59.1Z",
             "timestamp": 2463457000, "rssi": -35, "channel_rssi": -35, "snr": 5.2, "uplink_token": "Chc..."},
            {"gateway_ids": {"gateway_id": "packetbroker"}, "packet_broker": {"message_id": "01"}, "rssi": -110,
             "snr": -12.25},
        ],
        "settings": {"data_rate": {"lora": {"bandwidth": 125000, "spreading_factor": 7}}, "frequency": "868300000"},
        "received_at": "2026-11-23T03:05:59.432146Z",
        "consumed_airtime": "0.051456s",
        "version_ids": {"brand_id": "maxbotix", "model_id": "mb7389", "firmware_version": "1.0"},
        "network_ids": {"net_id": "000013", "tenant_id": "ttn", "cluster_id": "as1"},
        "last_battery_percentage": {"f_cnt": 1, "value": 82.3, "received_at": "2026-11-23T01:00:00Z"},
    },
}  # fmt: skip

TASMOTA_SENSOR: dict[str, Any] = {
    "Time": "2026-11-23T10:00:38",
    "Switch1": "ON",
    "ANALOG": {"A0": 2310},
    "SI7021": {"Temperature": 86.9, "Humidity": 61.5, "DewPoint": 70.2},
    "TempUnit": "F",
}
TASMOTA_STATE: dict[str, Any] = {
    "Time": "2026-11-23T10:00:38", "Uptime": "0T00:10:11", "UptimeSec": 611, "Vcc": 3.43, "Heap": 24,
    "SleepMode": "Dynamic", "Sleep": 50, "LoadAvg": 19, "MqttCount": 1, "POWER": "OFF",
    "Wifi": {"AP": 1, "SSId": "TRAM-DO", "BSSId": "E6:8D:8C:4B:BE:F7", "Channel": 3, "Mode": "11n", "RSSI": 44,
             "Signal": -78, "LinkCount": 1, "Downtime": "0T00:00:05"},
}  # fmt: skip

GOOD: dict[str, list[Sample]] = {
    "json": [
        Sample(
            "in our own shape, with other names",
            "wsn/node-7/up",
            written(
                {
                    "ts": 1_795_402_800_000,
                    "seq": 4,
                    "boot": "b2",
                    "data": {"lvl": 250, "rain": 0.4, "fw": "1.2"},
                    "q": {"battery_v": 3.7, "rssi": -91, "uptime": 3},
                }
            ),
            [
                Expected(
                    "s1",
                    "2026-11-23T03:00:00Z",
                    {"water_level_m": 3.5, "rain_mm": 0.4},
                    {"battery_v": 3.7, "rssi_dbm": -91.0},
                    4,
                    "b2",
                )
            ],
        ),
        Sample(
            "a flat object of another station, a list, a clock without a zone",
            "wsn/node-8/up",
            written(
                [{"ts": "2026-11-23T10:00:00", "lvl": 2.5, "bat": {"mv": 3650}, "debug": {"x": [1]}, "rain": None}]
            ),
            [Expected("s2", "2026-11-23T03:00:00Z", {"water_level_m": 2.5}, {"battery_v": 3.65})],
        ),
    ],
    "senml": [
        Sample(
            "RFC 8428 section 5.1.3, moved to 2026 and to a thermometer",
            "senml/x",
            written(
                [
                    {"bn": "urn:dev:ow:10e2073a01080063", "bt": 1_795_402_800.0, "bu": "Cel", "bver": 5, "v": 20.0},
                    {"t": -60, "v": 68.9, "u": "degF"},
                    {"n": ":level", "u": "cm", "v": 350, "t": 1},
                ]
            ),
            [
                Expected("s1", "2026-11-23T03:00:00Z", {"temperature_c": 20.0}),
                Expected("s1", "2026-11-23T02:59:00Z", {"temperature_c": 20.5}),
                Expected("s1", "2026-11-23T03:00:01Z", {"water_level_m": 3.5}),
            ],
        ),
        Sample(
            "base values alone in the first record, a sum, something to ignore, and relative times",
            "senml/a/b",
            written(
                [
                    {"bn": "urn:dev:mac:0024befffe804ff1:", "bv": 1, "bs": 100},
                    {"n": "rain", "v": 0.5, "s": 20, "t": -600},
                    {"bs": 0, "n": "label", "vs": "x"},
                    {"bn": "urn:dev:os:32473-", "n": "7", "v": 1},
                ]
            ),
            [Expected("s2", "2026-11-23T03:50:00Z", {"rain_mm": 1.5, "rain_acc_mm": 120.0})],
        ),
    ],
    "chirpstack": [
        Sample(
            "an uplink heard by two gateways",
            "application/17c82e96/device/0101010101010101/event/up",
            written(CHIRPSTACK_UP),
            [
                Expected(
                    "s1",
                    "2026-11-23T03:00:15.775023Z",
                    {"water_level_m": 3.52},
                    {"battery_v": 3.61, "rssi_dbm": -96.0, "snr_db": 6.2},
                )
            ],
        ),
        Sample(
            "a device known by its name, with no radio figures",
            "application/17c82e96/device/aa/event/up",
            written(
                {
                    "time": "2026-11-23T10:00:00+07:00",
                    "deviceInfo": {"deviceName": "Mua Đồng Tâm", "devEui": "aa"},
                    "object": {"rain_mm": 0},
                }
            ),
            [Expected("s2", "2026-11-23T03:00:00Z", {"rain_mm": 0.0})],
        ),
        Sample(
            "a status event tells only about the battery",
            "application/17c82e96/device/0101010101010101/event/status",
            written(CHIRPSTACK_STATUS),
            [Expected("s1", "2026-11-23T03:10:00Z", {}, {"battery_pct": 75.59})],
        ),
    ],
    "ttn": [
        Sample(
            "an uplink with battery and two receptions",
            "v3/thuy-van@ttn/devices/dev1/up",
            written(TTN_UP),
            [
                Expected(
                    "s1",
                    "2026-11-23T03:05:59.432146Z",
                    {"water_level_m": 8.175, "temperature_c": 28.5},
                    {"rssi_dbm": -35.0, "snr_db": 5.2, "battery_pct": 82.3},
                )
            ],
        ),
        Sample(
            "a device known by its EUI in the other case",
            "v3/thuy-van@ttn/devices/x/up",
            written(
                {
                    "end_device_ids": {"device_id": "x", "dev_eui": "0004a30b001c0531"},
                    "received_at": "2026-11-23T03:00:00Z",
                    "uplink_message": {"decoded_payload": {"temp": 30}},
                }
            ),
            [Expected("s2", "2026-11-23T03:00:00Z", {"temperature_c": 30.0})],
        ),
    ],
    "tasmota": [
        Sample(
            "SENSOR in Fahrenheit, with a clock that names no zone",
            "tele/tasmota_9CF9D1/SENSOR",
            written(TASMOTA_SENSOR),
            [
                Expected(
                    "s1", "2026-11-23T03:00:38Z", {"water_level_m": 2.31, "temperature_c": 30.5, "humidity_pct": 61.5}
                )
            ],
        ),
        Sample(
            "STATE tells only about the signal",
            "tele/tasmota_9CF9D1/STATE",
            written(TASMOTA_STATE),
            [Expected("s1", "2026-11-23T03:00:38Z", {}, {"rssi_dbm": -78.0})],
        ),
        Sample("the last will is no record", "tele/tasmota_9CF9D1/LWT", b"Offline", []),
        Sample(
            "a sensor that does not answer is missing, not zero",
            "tele/tasmota_9CF9D1/SENSOR",
            written({"Time": "2026-11-23T10:05:38+07:00", "SI7021": {"Temperature": None, "Humidity": 60}}),
            [Expected("s1", "2026-11-23T03:05:38Z", {"humidity_pct": 60.0})],
        ),
    ],
    "sensorthings": [
        Sample(
            "created by a device on the topic of its datastream",
            "v1.1/Datastreams(1)/Observations",
            written({"phenomenonTime": "2026-11-23T10:20:00.000+07:00", "result": 3.52}),
            [Expected("s1", "2026-11-23T03:20:00Z", {"water_level_m": 3.52})],
        ),
        Sample(
            "created with a link to its datastream, over an interval",
            "v1.1/Observations",
            written(
                {
                    "phenomenonTime": "2026-11-23T02:50:00Z/2026-11-23T03:00:00Z",
                    "resultTime": "2026-11-23T03:00:05Z",
                    "result": 0.6,
                    "Datastream": {"@iot.id": "mua-2"},
                    "FeatureOfInterest": {"@iot.id": 2},
                }
            ),
            [Expected("s2", "2026-11-23T03:00:00Z", {"rain_mm": 0.6})],
        ),
        Sample(
            "told by the server once it exists",
            "v1.1/Observations",
            written(
                {
                    "@iot.id": 91,
                    "@iot.selfLink": "http://sta.example/v1.1/Observations(91)",
                    "phenomenonTime": "2026-11-23T03:10:00Z",
                    "resultTime": None,
                    "result": 3.6,
                    "Datastream@iot.navigationLink": "http://sta.example/v1.1/Datastreams(1)",
                    "FeatureOfInterest@iot.navigationLink": "Observations(91)/FeatureOfInterest",
                }
            ),
            [Expected("s1", "2026-11-23T03:10:00Z", {"water_level_m": 3.6})],
        ),
    ],
}
