#!/bin/sh
# Calls of the host script, one after the other: each on the same host, with an environment that is given
# octet by octet.
#
#   script-room.sh DIRECTORY SHELL CLIENT INSTALL
#
# DIRECTORY has `cases/N/line`, what is called, `cases/N/env`, which sets its environment, and perhaps
# `cases/N/lease`, what the client has in its file. Says after each call, behind a line `@ N STATUS`,
# everything that the call could have changed.

set -eu
DIRECTORY=$1 SHELL_=$2 CLIENT=$3 INSTALL=$4
. "$(dirname "$0")/host-room.sh"

case $CLIENT in
  networkd) leases=$ROOT/run/systemd/netif/leases ;;
  *) leases=$ROOT/run/NetworkManager/devices ;;
esac
mkdir -p "$leases"
lease=$leases/$(cat /sys/class/net/eth0/ifindex)

# As after a good lease that spoke of two WANs, and the agent's own.
furnish() {
  rm -rf "$ROOT/run/wamptcp-host" "$ROOT/run/started"
  mkdir "$ROOT/run/wamptcp-host"
  echo 2 >"$ROOT/run/wamptcp-host/eth0.wans"
  echo 10.10.2.5/24 >"$ROOT/run/wamptcp-host/eth0.w2.address"
  echo '# of an agent' >"$ROOT/run/wamptcp-host/eth0.w2.conf"
  ip -4 -force -batch - 2>/dev/null <<IP || :
address flush dev lo
address flush dev far0
address flush dev eth0
link delete eth0w2
address add 127.0.0.1/8 dev lo scope host
address add 10.10.1.5/24 dev eth0
address add 10.10.2.5/24 dev eth0 label eth0:w2
mptcp endpoint flush
mptcp endpoint add 10.10.1.5 dev eth0 subflow
mptcp endpoint add 10.10.2.5 dev eth0 subflow
IP
}

# Nothing in it may depend on anything but what was done.
state() {
  ip -o link show | sed 's/^[0-9]*: \([^:]*\):.*/link \1/'
  ip -4 -o address show | sed 's/^[0-9]*: /address /; s/ brd .* scope/ scope/; s/\\.*//'
  ip mptcp endpoint show | sed 's/ id [0-9]*//; s/^/endpoint /' | sort
  # Files of the clients are ours; the lock is made by the first call.
  (cd "$ROOT/run" && find . -type f ! -path './NetworkManager/*' ! -path './systemd/*' ! -name lock |
    sort | while read -r file; do
      echo "file $file"
      sort "$file"
    done)
  (cd "$ROOM/upper" && find . ! -type d -printf '%p %s %T@\n' | sort | cksum | sed 's/^/written /')
}

call() {
  . "$1/env"
  exec timeout 10 chroot "$ROOT" /bin/sh -c "$(cat "$1/line")" </dev/null >/dev/null 2>&1
}

for case in "$DIRECTORY"/cases/*; do
  furnish
  rm -f "$lease"
  [ ! -e "$case/lease" ] || cp "$case/lease" "$lease"
  status=0
  (call "$case") || status=$?
  echo "@ ${case##*/} $status"
  state
done
