"""Devices in: MQTT bytes to readings, the gateway, the embedded broker, the simulator."""
