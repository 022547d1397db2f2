#!/bin/sh
# Starts the broker: start.sh -c mosquitto.conf. At the first start it makes the account `admin`; the product makes the
# others with it.
#
# MQTT_ADMIN_PASSWORD  of that account
# MQTT_ACCOUNTS        where the dynamic-security plugin keeps its accounts
# XDG_CONFIG_HOME      a folder of this container's own, for the health check's login
set -eu
umask 077

accounts=${MQTT_ACCOUNTS:-/mosquitto/data/dynamic-security.json}
if ! [ -s "$accounts" ]; then
  # Twice on standard input, as at a terminal: a command line can be read by every process of the machine.
  printf '%s\n%s\n' "$MQTT_ADMIN_PASSWORD" "$MQTT_ADMIN_PASSWORD" | mosquitto_ctrl dynsec init "$accounts" admin
fi

mkdir -p "$XDG_CONFIG_HOME"
printf '%s\n' '-u admin' "-P $MQTT_ADMIN_PASSWORD" > "$XDG_CONFIG_HOME/mosquitto_sub"
exec mosquitto "$@"
