#!/bin/sh
# Gives the account `admin`, with which the product connects, the topics of the product. As the broker makes it, it may
# only manage accounts. What is there already is left alone; fails when something is still missing at the end.
set -euf
. "$(dirname "$0")/login.sh"

# All that devices say, and what the product says to them: acknowledgements, and commands to sirens.
rights='publishClientSend eoc/v1/+/ack
publishClientSend eoc/v1/+/cmd
publishClientReceive eoc/v1/#
subscribePattern eoc/v1/#
subscribePattern $share/+/eoc/v1/#'

# mosquitto_ctrl ends with 0 whatever the broker answers: only the broker's own lists are a proof.
lacking() {
  held=$(accounts getRole eoc)
  printf '%s\n' "$rights" | while read -r kind topic; do
    printf '%s\n' "$held" | awk -v kind="$kind" -v topic="$topic" '
      { k = t = a = 0; for (i = 1; i <= NF; i++) { k += $i == kind; t += $i == topic; a += $i == "allow" } }
      k && t && a { found = 1 }
      END { exit !found }' || printf 'addRoleACL eoc %s %s allow\n' "$kind" "$topic"
  done
  accounts getClient admin | awk '
    /^[A-Z][a-z]*:/ { roles = $1 == "Roles:" }
    roles { for (i = 1; i <= NF; i++) if ($i == "eoc") found = 1 }
    END { exit !found }' || echo 'addClientRole admin eoc'
}

missing=$(lacking 2> /dev/null)
[ -n "$missing" ] || exit 0
# A role of its own, filled before it is given: a change of its roles disconnects an account, so this does it only once.
accounts createRole eoc
printf '%s\n' "$missing" | while read -r change; do
  echo "$change"
  # shellcheck disable=SC2086 # words of the list above
  accounts $change
done

missing=$(lacking)
if [ -n "$missing" ]; then
  printf 'The broker did not do:\n%s\n' "$missing" >&2
  exit 1
fi
