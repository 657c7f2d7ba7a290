/** Tree → {@link DraftProvision}: every key of `provision` is read here, and here only. */
import { parseDuration } from '../net/duration.ts';
import { UNICAST } from './addresses.ts';
import { DEFAULTS } from './defaults.ts';
import type { DraftProvision, DraftReservation } from './draft.ts';
import { Block, readAt } from './draft-block.ts';
import type { DraftContext } from './draft-block.ts';
import { FLAG } from './kind.ts';
import { KINDS } from './kinds.ts';
import { readOptional } from './read-optional.ts';
import type { Ipv6Provision } from './site.ts';
import type { TreeNode } from './tree.ts';
import { DOMAIN, MAC, NAME } from './values.ts';

export function readProvision(file: Block, context: DraftContext): DraftProvision {
  const preset = DEFAULTS.provision;
  const { span, block, enabled } = readOptional(file, 'provision', preset.enabled, context);
  return {
    span,
    enabled,
    ipv6: block.setting<Ipv6Provision>('ipv6', KINDS.ipv6Provision, preset.ipv6),
    lease: block.setting('lease', KINDS.lease, parseDuration(preset.lease) ?? 0),
    dns: block.list('dns', undefined, (item) => readAt(UNICAST, item)),
    ntp: block.list('ntp', undefined, (item) => readAt(UNICAST, item)),
    domain: block.value('domain', DOMAIN),
    resolver: block.setting('resolver', FLAG, preset.resolver),
    reservations: block.list('reservations', undefined, (item) => readReservation(item, context)),
  };
}

function readReservation(node: TreeNode, context: DraftContext): DraftReservation | undefined {
  if (node.kind !== 'mapping') return undefined;
  const block = new Block(node, node.span, context);
  const mac = block.value('mac', MAC);
  const host = block.value('host', KINDS.hostNumber);
  return mac === undefined || host === undefined
    ? undefined
    : { mac, host, name: block.value('name', NAME) };
}
