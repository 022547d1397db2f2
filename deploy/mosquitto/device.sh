#!/bin/sh
# Makes the account of a station: device.sh STATION. It may send that station's readings and hear what is said to it, and
# nothing else. Prints the new password, which is kept nowhere else; called again, it gives a new one.
set -euf
. "$(dirname "$0")/login.sh"

station=${1:?device.sh STATION}
case $station in
  *[!A-Za-z0-9._-]* | admin) echo "no name for a station: $station" >&2; exit 2 ;;
esac
password=$(od -An -N18 -tx1 /dev/urandom | tr -d ' \n')
role=station-$station

# What is there already is told as an error; what counts is asked at the end.
{
  # Twice on standard input, as at a terminal.
  for command in createClient setClientPassword; do
    printf '%s\n%s\n' "$password" "$password" | mosquitto_ctrl dynsec "$command" "$station"
  done
  accounts createRole "$role"
  for what in obs status release cmd/result; do
    accounts addRoleACL "$role" publishClientSend "eoc/v1/$station/$what" allow
  done
  for what in ack cmd; do
    accounts addRoleACL "$role" subscribeLiteral "eoc/v1/$station/$what" allow
  done
  accounts addClientRole "$station" "$role"
} > /dev/null 2>&1

rights=$(accounts getRole "$role" | grep -cF "eoc/v1/$station/" || true)
if [ "$rights" -ne 6 ] || ! accounts getClient "$station" | grep -qwF "$role"; then
  echo "the broker did not make the account $station" >&2
  exit 1
fi
printf 'user %s\npassword %s\n' "$station" "$password"
