# Sourced by the scripts that manage the broker's accounts: logs in as `admin` and gives them `accounts COMMAND...`.
#
# MQTT_ADMIN_PASSWORD  of the account `admin`
# MQTT_HOST, MQTT_PORT where the broker is
# XDG_CONFIG_HOME      a folder of this container's own, for the login
umask 077

# The password stays off the command line, which every process of the machine can read. (`-o FILE` is broken in 2.0.)
mkdir -p "$XDG_CONFIG_HOME"
printf '%s\n' "-h ${MQTT_HOST:-127.0.0.1}" "-p ${MQTT_PORT:-1883}" '-u admin' "-P $MQTT_ADMIN_PASSWORD" \
  > "$XDG_CONFIG_HOME/mosquitto_ctrl"

accounts() { mosquitto_ctrl dynsec "$@" < /dev/null; }
