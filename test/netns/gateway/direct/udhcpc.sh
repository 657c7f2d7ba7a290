#!/bin/sh
# What udhcpc calls: the address and the default route, as any DHCP client sets them.
case "$1" in
deconfig)
  ip -4 address flush dev "$interface"
  ;;
bound | renew)
  ip address replace "$ip/$mask" dev "$interface"
  ip route replace default via "$router" dev "$interface" metric 100
  ;;
esac
