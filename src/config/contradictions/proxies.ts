/** The proxy that one file calls at another gateway, against what that gateway's file has. */
import { lanAddressesOf } from '../lan-addresses.ts';
import { quoted } from '../kind.ts';
import type { Side } from './paths.ts';
import { nameSpan } from './placed-site.ts';
import type { PlacedSite } from './placed-site.ts';

/** Told in the file of the one that calls. */
export function compareProxies(caller: Side, called: Side): void {
  const { report, site } = caller.at;
  const { file, site: other } = called.at;
  const twin = caller.seen.draft.proxy;
  if (twin === undefined) {
    if (site.proxy === undefined || other.proxy === undefined) return;
    report.warn(
      nameSpan(caller.seen),
      `${quoted(other.site)} runs a proxy (${file}), but \`proxy\` is not set for it here: servers there that do not speak MPTCP use one WAN`,
      `add \`proxy: ${lanAddressesOf(other)[0] ?? '…'}\` here`,
    );
    return;
  }
  if (other.proxy === undefined) {
    report.error(
      twin.span,
      `${file} runs no proxy`,
      'add `proxy: on` there, or remove this: our proxy then talks to the servers there itself',
    );
    return;
  }
  const known = lanAddressesOf(other);
  if (!known.includes(twin.value)) {
    report.error(
      twin.span,
      `${twin.value} is no address of ${quoted(other.site)} on its LAN (${file})`,
      `use one of: ${known.join(', ')}`,
    );
  }
}

/** Told in the later file. */
export function compareProxyPorts(earlier: PlacedSite, later: PlacedSite): void {
  const [one, other] = [earlier.site.proxy?.port, later.site.proxy?.port];
  const { port } = later.draft.proxy;
  if (one === undefined || other === undefined || one === other || port === undefined) return;
  later.report.error(
    port.span,
    `the proxy uses port ${other}, but ${one} in ${earlier.file}`,
    `write \`proxy: { port: ${one} }\` here, or ${other} there`,
  );
}
