/** Names of network interfaces, by the kernel's own rule (dev_valid_name). */

declare const interfaceNameBrand: unique symbol;
export type InterfaceName = string & { readonly [interfaceNameBrand]: true };

/** IFNAMSIZ is 16 and counts the terminating zero. */
export const INTERFACE_NAME_MAX = 15;

/** The name, or undefined: empty, longer than 15 bytes, `.`, `..`, or with `/`, `:` or white space. */
export function parseInterfaceName(text: string): InterfaceName | undefined {
  if (text === '' || text === '.' || text === '..') return undefined;
  if (Buffer.byteLength(text) > INTERFACE_NAME_MAX) return undefined;
  // Beyond the kernel's rule we refuse what a shell, nft or BIRD would have to quote.
  return /^[A-Za-z0-9_.@-]+$/.test(text) ? (text as InterfaceName) : undefined;
}

/** A name known to be good, from our own code; throws on a programming error. */
export function interfaceName(text: string): InterfaceName {
  const parsed = parseInterfaceName(text);
  if (parsed === undefined) throw new TypeError(`not an interface name: ${text}`);
  return parsed;
}
