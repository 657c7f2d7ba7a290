# Values: settings, what is looked at before it is used, and what is computed from an interface.
# A part of wamptcp-host; POSIX sh.

# The file is read, not executed: a value is one word or a list of words.
read_settings() {
  [ -r "$CONF" ] || return 0
  while IFS='=' read -r key value; do
    value=${value%\"} value=${value#\"}
    case $key in
      INTERFACES | CLIENT) is_words "$value" || fail "$CONF: $key: '$value' is not a list of names" ;;
      ANNOUNCE) [ "$value" = yes ] || [ "$value" = no ] || fail "$CONF: ANNOUNCE is yes or no" ;;
      RTO_MIN_MS | STALE_LOSS_COUNT | RECEIVE_BUFFER | SEND_BUFFER | NOTSENT_LOWAT | BLACKHOLE_TIMEOUT)
        is_number "$value" || fail "$CONF: $key: '$value' is not a number"
        ;;
      '' | '#'*) continue ;;
      *) fail "$CONF: unknown setting '$key'" ;;
    esac
    case $key in
      INTERFACES) INTERFACES=$value ;;
      CLIENT) CLIENT=$value ;;
      ANNOUNCE) ANNOUNCE=$value ;;
      RTO_MIN_MS) RTO_MIN_MS=$value ;;
      STALE_LOSS_COUNT) STALE_LOSS_COUNT=$value ;;
      RECEIVE_BUFFER) RECEIVE_BUFFER=$value ;;
      SEND_BUFFER) SEND_BUFFER=$value ;;
      NOTSENT_LOWAT) NOTSENT_LOWAT=$value ;;
      BLACKHOLE_TIMEOUT) BLACKHOLE_TIMEOUT=$value ;;
    esac
  done <"$CONF"
}

is_number() { case $1 in '' | *[!0-9]* | ??????????*) return 1 ;; esac; }
is_words() { case $1 in *[!A-Za-z0-9_.\ -]*) return 1 ;; esac; }
is_interface() {
  case $1 in '' | . | .. | -* | *[!A-Za-z0-9_.-]* | ????????????????*) return 1 ;; esac
  [ -d "/sys/class/net/$1" ]
}
# One to eight WANs.
is_count() { case $1 in [1-8]) return 0 ;; *) return 1 ;; esac; }

# An address that a host may have: ip(8) takes more than that, and 010 for 8.
is_ipv4() {
  case $1 in '' | *[!0-9.]* | *. | ????????????????*) return 1 ;; esac
  IFS_before=$IFS IFS=.
  # shellcheck disable=SC2086 # digits and dots; four numbers are four words
  set -- $1
  IFS=$IFS_before
  [ $# -eq 4 ] || return 1
  for octet in "$@"; do
    case $octet in
      [0-9] | [1-9][0-9] | 1[0-9][0-9] | 2[0-4][0-9] | 25[0-5]) ;;
      *) return 1 ;;
    esac
  done
  # This network, this host, many hosts (RFC 6890, RFC 5771).
  [ "$1" -ne 0 ] && [ "$1" -ne 127 ] && [ "$1" -lt 224 ]
}

# No network of a LAN is larger than 10.0.0.0/8; /0 would be everything.
is_length() { case $1 in [89] | [12][0-9] | 3[0-2]) return 0 ;; *) return 1 ;; esac; }

# 255.255.255.0 -> 24, and nothing for what is no mask.
mask_length() {
  case $1 in *[!0-9.]* | *. | ????????????????*) return ;; esac
  IFS_before=$IFS IFS=.
  # shellcheck disable=SC2086 # digits and dots
  set -- $1
  IFS=$IFS_before
  [ $# -eq 4 ] || return 0
  length=0 before=255
  for octet in "$@"; do
    # Behind the first octet that is not full there is nothing.
    [ "$before" = 255 ] || [ "$octet" = 0 ] || return 0
    case $octet in
      255) length=$((length + 8)) ;;
      254) length=$((length + 7)) ;;
      252) length=$((length + 6)) ;;
      248) length=$((length + 5)) ;;
      240) length=$((length + 4)) ;;
      224) length=$((length + 3)) ;;
      192) length=$((length + 2)) ;;
      128) length=$((length + 1)) ;;
      0) ;;
      *) return 0 ;;
    esac
    before=$octet
  done
  echo "$length"
}

# The macvlan of interface $1 for index $2: an interface has 15 characters. Of a long name, such as
# enx001122334455, the first one stays and the last twelve, which are what differs between cards.
macvlan_name() {
  macvlan=$1
  case $macvlan in
    ???????????????) macvlan=${macvlan%"${macvlan#?}"}${macvlan#???} ;;
    ??????????????) macvlan=${macvlan%"${macvlan#?}"}${macvlan#??} ;;
  esac
  echo "${macvlan}w$2"
}

mac_of() { read -r mac <"/sys/class/net/$1/address" && echo "$mac"; }

# RFC 4361: 255, four octets of IAID, DUID. The index is the IAID, and the DUID (of type LL) is that
# of the interface, so the same host asks for the same address after each start.
client_id() { echo "ff:00:00:00:0$2:00:03:00:01:$(mac_of "$1")"; }

# The gateway knows the rule: o0 | 2, o2 + 13 * index; no two such steps lead back.
macvlan_mac() {
  IFS_before=$IFS IFS=:
  # shellcheck disable=SC2046 # six octets are six words
  set -- $(mac_of "$1") "$2"
  IFS=$IFS_before
  printf '%02x:%s:%02x:%s:%s:%s\n' $((0x$1 | 2)) "$2" $(((0x$3 + 13 * $7) % 256)) "$4" "$5" "$6"
}
