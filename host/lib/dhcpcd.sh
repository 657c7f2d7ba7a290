# Router advertisements, where dhcpcd reads them and addresses come by DHCPv6: the kernel tells of none then.
# A part of wamptcp-host; POSIX sh.
#
# Always: an address that is there stays; dhcpcd solicits anew once for each set of prefixes in which the
# interface has none, so a server that has none to give is not asked again and again.

# Its words are in dhcpcd-run-hooks(8): nd1_prefix_information1_prefix and so on.
dhcpcd_advertised() {
  has='' lacks='' number=1
  while :; do
    eval "prefix=\${nd1_prefix_information${number}_prefix:-}"
    eval "length=\${nd1_prefix_information${number}_length:-64}"
    eval "preferred=\${nd1_prefix_information${number}_pltime:-0}"
    [ -n "$prefix" ] || break
    number=$((number + 1))
    if [ "$preferred" = 0 ]; then
      deprecate "$prefix/$length" "$interface"
    elif [ -n "$(ip -6 -o address show dev "$interface" to "$prefix/$length" -deprecated)" ]; then
      has=yes
    else
      lacks="$lacks $prefix"
    fi
  done
  lacked=$(cat "$RUN/$interface.lacks" 2>/dev/null) || :
  echo "$lacks" >"$RUN/$interface.lacks"
  # Without any address it is asking already.
  case ${nd1_flags:-} in *M*) ;; *) return 0 ;; esac
  [ -z "$has" ] || [ -z "$lacks" ] || [ "$lacks" = "$lacked" ] || dhcpcd_solicit
}

# With its lease it would ask for what it has only. While it waits for a hook it hears no signal.
dhcpcd_solicit() {
  {
    while kill -0 "$PPID"; do sleep 0.1; done
    sleep 0.1
    rm -f "/var/lib/dhcpcd/$interface.lease6" "/var/lib/dhcpcd/$interface-"*.lease6
    kill -HUP "$pid"
  } </dev/null >/dev/null 2>&1 9>&- &
}
