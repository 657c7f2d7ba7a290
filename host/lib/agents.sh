# Agents: one client per further WAN, and the alias or macvlan that it serves.
# A part of wamptcp-host; POSIX sh.
#
# Always: an agent is ended by its pid, and only if that still is the agent.

# Which program asks for the further addresses of an interface.
agent_program() {
  case $CLIENT in
    dhcpcd) echo dhcpcd ;;
    networkd) echo networkd ;;
    udhcpc) first_of udhcpc dhclient ;;
    *) first_of dhclient udhcpc ;;
  esac
}

first_of() {
  for program in "$@"; do
    if command -v "$program" >/dev/null; then
      echo "$program"
      return
    fi
  done
  fail "needs $1 or $2 to ask for further addresses: install one"
}

agent_file() { echo "$RUN/$1.w$2"; }

# Its pid, if it still is that program: another process may have got the number.
agent_pid() {
  [ -r "$(agent_file "$1" "$2").pid" ] || return 1
  read -r pid <"$(agent_file "$1" "$2").pid" || [ -n "${pid:-}" ] || return 1
  is_number "$pid" || return 1
  tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline" | grep -qF "$(agent_file "$1" "$2")" || return 1
  echo "$pid"
}

start_agent() {
  file=$(agent_file "$1" "$2")
  case $(agent_program) in
    dhclient) start_dhclient "$1" "$2" ;;
    udhcpc) start_udhcpc "$1" "$2" ;;
    dhcpcd) start_dhcpcd "$1" "$2" ;;
    networkd) make_macvlan "$1" "$2" ;;
  esac
}

start_dhclient() {
  ! agent_pid "$1" "$2" >/dev/null || return 0
  cat >"$file.conf" <<CONF
option wamptcp-wan code 224 = unsigned integer 8;
send wamptcp-wan $2;
send dhcp-client-identifier $(client_id "$1" "$2");
request subnet-mask, wamptcp-wan;
initial-interval 1;
backoff-cutoff 4;
retry 5;
CONF
  # Without waiting for the others; lock and standard streams are not for a daemon.
  WAMPTCP_WAN=$2 dhclient -4 -nw -q -cf "$file.conf" -lf "$file.lease" -pf "$file.pid" -sf "$SELF" \
    -e "WAMPTCP_WAN=$2" "$1" </dev/null >/dev/null 2>&1 9>&- &
}

start_udhcpc() {
  ! agent_pid "$1" "$2" >/dev/null || return 0
  # -C: the identifier is ours. Asks each second at first, then every five seconds.
  WAMPTCP_WAN=$2 udhcpc -f -i "$1" -p "$file.pid" -s "$SELF" -O 224 -C -t 5 -T 1 -A 5 -R \
    -x "0x3d:$(client_id "$1" "$2" | tr -d :)" -x "0xe0:0$2" </dev/null >/dev/null 2>&1 9>&- &
}

# dhcpcd.conf says what it asks for on which interface; see host/install.
start_dhcpcd() {
  device=$(macvlan_name "$1" "$2")
  [ ! -d "/sys/class/net/$device" ] || return 0
  make_macvlan "$1" "$2"
  dhcpcd -4 -q "$device" </dev/null >/dev/null 2>&1 9>&- &
}

# ARP: each interface answers for its own address only, and speaks as itself.
make_macvlan() {
  device=$(macvlan_name "$1" "$2")
  [ ! -d "/sys/class/net/$device" ] || return 0
  ip link add link "$1" name "$device" address "$(macvlan_mac "$1" "$2")" type macvlan mode bridge
  for name in "$1" "$device"; do
    set_sysctl "net/ipv4/conf/$name/arp_ignore" 1
    set_sysctl "net/ipv4/conf/$name/arp_announce" 2
    set_sysctl "net/ipv4/conf/$name/rp_filter" 2
  done
  # The interface below has the IPv6 addresses of all WANs already.
  set_sysctl "net/ipv6/conf/$device/disable_ipv6" 1
  ip link set "$device" up
}

# The endpoint of a macvlan that is gone goes with the next sync_endpoints.
stop_agent() {
  file=$(agent_file "$1" "$2")
  if pid=$(agent_pid "$1" "$2"); then kill "$pid" 2>/dev/null || :; fi
  drop_alias "$1" "$2" || :
  device=$(macvlan_name "$1" "$2")
  if [ -d "/sys/class/net/$device" ]; then
    # Its client notices; to ask it to go would wait for its hook, which waits for us.
    ip link delete "$device"
  fi
  rm -f "$file.pid" "$file.conf" "$file.lease"
}

# What an agent has been given is kept, so that sync puts it back if somebody flushes the interface.
keep_alias() {
  file=$(agent_file "$1" "$2")
  before=$(cat "$file.address" 2>/dev/null) || :
  [ "$before" != "$3" ] || return 0
  drop_alias "$1" "$2" || :
  # What the host has already is somebody else's, and not ours to take away one day.
  ip -4 -o address show dev "$1" | grep -qF " ${3%/*}/" || echo "$3" >"$file.address"
}

# Fails where there is none.
drop_alias() {
  file=$(agent_file "$1" "$2")
  [ -r "$file.address" ] || return 1
  ip -4 address delete "$(cat "$file.address")" dev "$1" 2>/dev/null || :
  rm -f "$file.address"
}

# $1 is the file of an alias.
place_alias() {
  alias=${1##*/}
  alias=${alias%.address}
  name=${alias%.w?}
  is_interface "$name" || return 0
  { read -r address <"$1"; } 2>/dev/null || return 0
  label=$name:w${alias##*.w}
  # dhclient-script flushes what has the label of the interface itself. A label has 15 characters.
  case $label in ????????????????*) label=$name ;; esac
  # It may be there already.
  ip -4 address add "$address" broadcast + dev "$name" label "$label" 2>/dev/null || :
}

sync_aliases() {
  for file in "$RUN"/*.w[2-8].address; do
    [ ! -e "$file" ] || place_alias "$file"
  done
}
