/**
 * Who a host says it is: real hosts keep that over restarts, and a server that met a new client behind
 * the same Ethernet address at each start would end by refusing it.
 *
 * Always holds: it follows from the Ethernet address of the interface, so no two hosts share it.
 */

/** A line of shell that writes the machine id, of which systemd and NetworkManager make theirs. */
export function writeMachineId(name: string): string {
  return `printf '%020d%s\\n' 0 "$(tr -d : </sys/class/net/${name}/address)" >/etc/machine-id`;
}

/** A line of shell that writes a DUID-LL (RFC 8415 section 11.4) to a file. */
export function writeDuid(name: string, file: string): string {
  const folder = file.slice(0, file.lastIndexOf('/'));
  return `mkdir -p ${folder} && echo "00:03:00:01:$(cat /sys/class/net/${name}/address)" >${file}`;
}
