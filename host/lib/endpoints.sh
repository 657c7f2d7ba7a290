# MPTCP endpoints follow the addresses of the host, and the host profile.
# A part of wamptcp-host; POSIX sh.
#
# Always: endpoints on other interfaces are left alone.

# Says why each: docs/hosts.md. Keys that this kernel lacks are passed over.
set_sysctl() {
  [ -w "/proc/sys/$1" ] || return 0
  read -r current <"/proc/sys/$1" || :
  [ "$current" = "$2" ] || echo "$2" >"/proc/sys/$1" 2>/dev/null || :
}

host_profile() {
  set_sysctl net/mptcp/enabled 1
  set_sysctl net/mptcp/stale_loss_cnt "$STALE_LOSS_COUNT"
  set_sysctl net/mptcp/blackhole_timeout "$BLACKHOLE_TIMEOUT"
  set_sysctl net/ipv4/tcp_rto_min_us "$((RTO_MIN_MS * 1000))"
  set_sysctl net/ipv4/tcp_frto 0
  first=2097152
  [ "$first" -le "$RECEIVE_BUFFER" ] || first=$RECEIVE_BUFFER
  set_sysctl net/ipv4/tcp_rmem "4096	$first	$RECEIVE_BUFFER"
  set_sysctl net/ipv4/tcp_wmem "4096	$SEND_BUFFER	$SEND_BUFFER"
  ip mptcp limits set subflow "$MOST_WANS" add_addr_accepted "$MOST_WANS"
}

# Before the interface asks for anything: no wait before the first solicitation (RFC 4861 section
# 6.3.7 has up to a second), a tenth of a second to find an address taken, and no addresses that
# change by the day, which would open subflows of their own.
interface_profile() {
  set_sysctl "net/ipv6/conf/$1/router_solicitation_delay" 0
  set_sysctl "net/ipv6/neigh/$1/retrans_time_ms" 100
  set_sysctl "net/ipv6/conf/$1/use_tempaddr" 0
  # Linux before 6.11: the route says what the switch would.
  [ ! -e /proc/sys/net/ipv4/tcp_rto_min_us ] || return 0
  ip -4 route show default dev "$1" | grep -v rto_min | while read -r route; do
    # shellcheck disable=SC2086 # a route is several words
    ip -4 route change $route dev "$1" rto_min "${RTO_MIN_MS}ms"
  done
}

managed_interfaces() {
  {
    for name in $INTERFACES; do echo "$name"; done
    for file in "$RUN"/*.wans; do
      [ ! -e "$file" ] || basename "$file" .wans
    done
  } | sort -u
}

managed_devices() {
  for name in $(managed_interfaces); do
    is_interface "$name" || continue
    echo "$name"
    for index in 2 3 4 5 6 7 8; do
      [ ! -d "/sys/class/net/${name}w$index" ] || echo "${name}w$index"
    done
  done
}

# `prefix PREFIX dev IF … preferred 0`: a router takes a prefix back. The kernel knows what that means
# for addresses that it made itself, but not for those of DHCPv6.
prefix_withdrawn() {
  prefix=${1#*prefix } prefix=${prefix%% *}
  device=${1#* dev } device=${device%% *}
  managed_devices | grep -qxF "$device" || return 0
  ip -6 -o address show dev "$device" scope global to "$prefix" -deprecated |
    while read -r _ _ _ address _; do
      ip -6 address change "$address" dev "$device" preferred_lft 0
    done
}

# `ADDRESS DEVICE` per address that may be used, IPv4 first.
usable_addresses() {
  for family in -4 -6; do
    for device in $(managed_devices); do
      ip "$family" -o address show dev "$device" scope global | awk -v device="$device" '
        / (deprecated|tentative|dadfailed|temporary)( |$)/ { next }
        { sub(/\/.*/, "", $4); print $4, device }'
    done
  done
}

# `ADDRESS DEVICE ID` per endpoint with a device.
endpoints() {
  ip mptcp endpoint show | awk '
    {
      id = device = ""
      for (i = 2; i < NF; i++) { if ($i == "id") id = $(i + 1); if ($i == "dev") device = $(i + 1) }
      if (device != "") print $1, device, id
    }'
}

# Those on our devices, and those whose device is no more and which can serve nobody.
known_endpoints() {
  devices=" $(managed_devices | tr '\n' ' ')"
  endpoints | while read -r address device id; do
    case $devices in
      *" $device "*) echo "$address $device $id" ;;
      *) [ -d "/sys/class/net/$device" ] || echo "$address $device $id" ;;
    esac
  done
}

sync_endpoints() {
  wanted=$(usable_addresses | head -n "$MOST_ENDPOINTS")
  known=$(known_endpoints)
  # What is gone first: there is room for eight.
  echo "$known" | while read -r address device id; do
    [ -n "$id" ] || continue
    echo "$wanted" | grep -qxF "$address $device" || ip mptcp endpoint delete id "$id"
  done
  first=' '
  echo "$wanted" | while read -r address device; do
    [ -n "$device" ] || continue
    family=4
    case $address in *:*) family=6 ;; esac
    flag=subflow
    if [ "$ANNOUNCE" = yes ]; then
      # The first address of a family is the one that peers know already.
      case $first in *" $family "*) flag=signal ;; *) first="$first$family " && continue ;; esac
    fi
    echo "$known" | grep -q "^$address $device " ||
      ip mptcp endpoint add "$address" dev "$device" "$flag"
  done
}
