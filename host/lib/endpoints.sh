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
  set_sysctl net/ipv4/tcp_rmem "4096	$RECEIVE_BUFFER	$RECEIVE_BUFFER"
  set_sysctl net/ipv4/tcp_wmem "$SEND_BUFFER	16384	$SEND_BUFFER"
  set_sysctl net/ipv4/tcp_notsent_lowat "$NOTSENT_LOWAT"
  ip mptcp limits set subflow "$MOST_WANS" add_addr_accepted "$MOST_WANS"
}

# networkd solicits half a second to a second and a half after its link-local address can be used, and
# no setting makes that less. The answer to a solicitation of ours is as good to it; twice, since it
# opens its socket at the same moment. $1 is a line of ip monitor.
solicit_for_networkd() {
  [ "$CLIENT" = networkd ] && command -v rdisc6 >/dev/null || return 0
  case $1 in *tentative* | Deleted*) return 0 ;; esac
  device=${1#*: } device=${device%% *}
  case " $INTERFACES " in *" $device "*) ;; *) return 0 ;; esac
  (for pause in 0.03 0.15; do
    sleep "$pause"
    rdisc6 -q -1 -r 1 -w 100 "$device" >/dev/null 2>&1
  done &)
}

# Before the interface asks for anything: no wait before the first solicitation (RFC 4861 section
# 6.3.7 has up to a second), a tenth of a second to find an address taken, and no addresses that
# change by the day, which would open subflows of their own. dhcpcd sets the tenth back to a second just
# before it adds addresses (it takes a router that says nothing of it for one that says so), and its
# addresses are random (RFC 7217): there nothing is looked for.
interface_profile() {
  set_sysctl "net/ipv6/conf/$1/router_solicitation_delay" 0
  set_sysctl "net/ipv6/neigh/$1/retrans_time_ms" 100
  set_sysctl "net/ipv6/conf/$1/use_tempaddr" 0
  [ "$CLIENT" != dhcpcd ] || set_sysctl "net/ipv6/conf/$1/dad_transmits" 0
  # Linux before 6.11: the route says what the switch would.
  [ ! -e /proc/sys/net/ipv4/tcp_rto_min_us ] || return 0
  ip -4 route show default dev "$1" | grep -v rto_min | while read -r route; do
    # shellcheck disable=SC2086 # a route is several words
    ip -4 route change $route dev "$1" rto_min "${RTO_MIN_MS}ms"
  done
}

managed_interfaces() {
  seen=' '
  for name in $INTERFACES "$RUN"/*.wans; do
    name=${name##*/} name=${name%.wans}
    case $seen in *" $name "*) continue ;; esac
    seen="$seen$name "
    [ "$name" = '*' ] || echo "$name"
  done
}

managed_devices() {
  for name in $(managed_interfaces); do
    is_interface "$name" || continue
    echo "$name"
    for index in 2 3 4 5 6 7 8; do
      device=$(macvlan_name "$name" "$index")
      [ ! -d "/sys/class/net/$device" ] || echo "$device"
    done
  done
}

# `prefix PREFIX dev IF … preferred 0`: a router takes a prefix back. iproute2 6.1 forgets the first space.
prefix_withdrawn() {
  prefix=${1#*prefix } prefix=${prefix%%dev *}
  device=${1#*dev } device=${device%% *}
  ! managed_devices | grep -qxF "$device" || deprecate "${prefix% }" "$device"
}

# The kernel knows what that means for addresses that it made itself, but not for those of DHCPv6.
deprecate() {
  ip -6 -o address show dev "$2" scope global to "$1" -deprecated |
    while read -r _ _ _ address rest; do
      valid=${rest#*valid_lft } valid=${valid%% *}
      ip -6 address change "$address" dev "$2" valid_lft "${valid%sec}" preferred_lft 0
    done
}

# `ADDRESS DEVICE` per address that may be used, IPv4 first.
usable_addresses() {
  {
    managed_devices
    ip -o address show scope global
  } | awk '
    NF == 1 { place[$1] = ++count; next }
    !($2 in place) || / (deprecated|tentative|dadfailed|temporary)( |$)/ { next }
    { sub(/\/.*/, "", $4); usable[$3, place[$2]] = usable[$3, place[$2]] $4 " " $2 "\n" }
    END {
      for (i = 1; i <= count; i++) printf "%s", usable["inet", i]
      for (i = 1; i <= count; i++) printf "%s", usable["inet6", i]
    }'
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
  # shellcheck disable=SC2046 # names have no spaces
  set -- $(managed_devices)
  endpoints | while read -r address device id; do
    case " $* " in
      *" $device "*) echo "$address $device $id" ;;
      *) [ -d "/sys/class/net/$device" ] || echo "$address $device $id" ;;
    esac
  done
}

# A hook may hold back the client until this is done: few processes, and one for all changes.
sync_endpoints() {
  {
    usable_addresses
    known_endpoints
  } | awk -v most="$MOST_ENDPOINTS" -v announce="$ANNOUNCE" '
    NF == 2 && count < most { wanted[$0] = ++count; line[count] = $0 }
    NF == 3 { known[$1 " " $2] = $3 }
    END {
      # What is gone first: there is room for eight.
      for (each in known) if (!(each in wanted)) print "mptcp endpoint delete id " known[each]
      for (i = 1; i <= count; i++) {
        split(line[i], part)
        family = part[1] ~ /:/ ? 6 : 4
        # The first address of a family is the one that peers know already.
        if (announce == "yes" && !first[family]++) continue
        if (line[i] in known) continue
        flag = announce == "yes" ? "signal" : "subflow"
        print "mptcp endpoint add " part[1] " dev " part[2] " " flag
      }
    }' | ip -force -batch -
}
