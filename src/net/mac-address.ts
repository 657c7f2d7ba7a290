/**
 * Ethernet addresses as values: `02:57:00:00:00:01`.
 *
 * Always holds: lower case with colons, a unicast address other than zero, so equality is string
 * equality.
 */
declare const macBrand: unique symbol;
export type MacAddress = string & { readonly [macBrand]: true };

/** The canonical address, or undefined; dashes are taken as well. */
export function parseMacAddress(text: string): MacAddress | undefined {
  const canonical = text.toLowerCase().replaceAll('-', ':');
  if (!/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/.test(canonical)) return undefined;
  if (canonical === '00:00:00:00:00:00' || isGroup(canonical)) return undefined;
  return canonical as MacAddress;
}

/**
 * The address of a host's macvlan interface for its `index`-th WAN (2 … 8), which follows from that
 * of the interface below it: a host that starts anew gets the leases that it had.
 */
export function macvlanAddress(parent: MacAddress, index: number): MacAddress {
  const octets = parent.split(':').map((octet) => Number.parseInt(octet, 16));
  const own = octets.map((octet, place) => {
    if (place === 0) return octet | LOCALLY_ADMINISTERED;
    return place === 2 ? (octet + STEP * index) % 256 : octet;
  });
  return own.map((octet) => octet.toString(16).padStart(2, '0')).join(':') as MacAddress;
}

/** Fifteen of them are less than 256, so no macvlan of a macvlan has its parent's address. */
const STEP = 13;

/** IEEE 802, the second lowest bit of the first octet. */
const LOCALLY_ADMINISTERED = 0x02;

/** The lowest bit of the first octet: a group address. */
function isGroup(mac: string): boolean {
  return (Number.parseInt(mac.slice(0, 2), 16) & 1) === 1;
}
