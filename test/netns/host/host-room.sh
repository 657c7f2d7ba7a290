# A host with the host script and nothing else; to be sourced with DIRECTORY, SHELL_, CLIENT and INSTALL.
#
# SHELL_ is what /bin/sh is on it, CLIENT whose hooks are installed; gives its root directory, ROOT, for
# chroot, and ROOM/upper, where each file is that was written outside of /run.
#
# Always: the root file system is a layer of its own over the machine's; all of it ends with the network
# and the mount namespace. DHCP clients are stand-ins that only tell that they were started.

ROOM=$DIRECTORY/room
ROOT=$ROOM/root

mkdir "$ROOM"
mount -t tmpfs tmpfs "$ROOM"
mkdir "$ROOM/upper" "$ROOM/work" "$ROOT"
mount -t overlay overlay -o "lowerdir=/,upperdir=$ROOM/upper,workdir=$ROOM/work" "$ROOT"
for tree in proc sys dev; do mount --rbind "/$tree" "$ROOT/$tree"; done
mount -t tmpfs -o mode=755 tmpfs "$ROOT/run"

ln -sf "$(command -v "$SHELL_")" "$ROOT/bin/sh"
for program in dhclient udhcpc; do
  printf '#!/bin/dash\necho "%s $*" >>/run/started\n' "$program" >"$ROOT/usr/local/sbin/$program"
  chmod 755 "$ROOT/usr/local/sbin/$program"
done

ip link add eth0 type veth peer name far0
ip link set far0 up
ip link set eth0 up
chroot "$ROOT" "$INSTALL" --client "$CLIENT" --interface eth0 >/dev/null
