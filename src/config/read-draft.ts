/** Tree → {@link Draft}: every key of the site file is read here, and here only. */
import { parseDuration } from '../net/duration.ts';
import { parseRate } from '../net/rate.ts';
import { DESTINATION, INTERFACE_ADDRESS, NEXT_HOP, ORIGIN, SUBNET, UNICAST } from './addresses.ts';
import { DEFAULTS } from './defaults.ts';
import type {
  Draft,
  DraftAllowed,
  DraftDamping,
  DraftHost,
  DraftLan,
  DraftLanAddress,
  DraftList,
  DraftPath,
  DraftPeer,
  DraftSubnet,
  DraftWan,
  Setting,
} from './draft.ts';
import { Block, readAt } from './draft-block.ts';
import type { DraftContext } from './draft-block.ts';
import { FLAG } from './kind.ts';
import { KINDS } from './kinds.ts';
import type { TreeNode } from './tree.ts';
import { parseDscp } from '../net/dscp.ts';
import { readClass } from './read-class.ts';
import { readProbes } from './read-probes.ts';
import { readProvision } from './read-provision.ts';
import { readProxy } from './read-proxy.ts';
import type { Transport } from './site.ts';
import { DSCP } from './traffic-values.ts';
import { ADDRESS_RANGE, INTERFACE, NAME, parseSize, RATE } from './values.ts';

export function readDraft(root: TreeNode, context: DraftContext): Draft {
  const file = new Block(root, root.span, context);
  const tunnel = file.block('tunnel');
  const detection = file.block('detection');
  const recovery = file.block('recovery');
  const ids = file.block('ids');
  const vni = tunnel.setting('vni', KINDS.vni, DEFAULTS.tunnel.vni);
  return {
    span: root.span,
    site: file.value('site', NAME),
    lan: readLan(file, context),
    wans: file.required('wans', (node) => readWan(node, context)),
    peers: file.nonEmpty('peers', (node) => readPeer(node, vni, context)),
    port: tunnel.setting('port', KINDS.port, DEFAULTS.tunnel.port),
    vni,
    interval: detection.setting(
      'interval',
      KINDS.interval,
      milliseconds(DEFAULTS.detection.interval),
    ),
    multiplier: detection.setting('multiplier', KINDS.multiplier, DEFAULTS.detection.multiplier),
    dscp: detection.setting('dscp', DSCP, parseDscp(DEFAULTS.detection.dscp) ?? 0),
    fast: recovery.setting('fast', FLAG, DEFAULTS.recovery.fast),
    holdDown: recovery.setting(
      'hold-down',
      KINDS.holdDown,
      milliseconds(DEFAULTS.recovery.holdDown),
    ),
    preference: recovery.list('preference', undefined, (node) => readAt(NAME, node)),
    spread: recovery.setting('spread', FLAG, DEFAULTS.recovery.spread),
    damping: readDamping(recovery),
    classes: file.list('classes', undefined, (node) => readClass(node, context)),
    probes: readProbes(file, context),
    host: readHost(file.block('host')),
    provision: readProvision(file, context),
    proxy: readProxy(file, context),
    table: ids.setting('table', KINDS.table, DEFAULTS.ids.table),
    rulePriority: ids.setting('rule-priority', KINDS.rulePriority, DEFAULTS.ids.rulePriority),
  };
}

function readLan(file: Block, context: DraftContext): DraftLan {
  const node = file.entry('lan')?.value;
  const short = node?.kind === 'scalar' ? readAt(INTERFACE, node) : undefined;
  if (short !== undefined) {
    return {
      interfaces: { items: [short], complete: true, given: true },
      addresses: { items: [], complete: true, given: false },
      nameless: undefined,
    };
  }
  const block = file.block('lan');
  const interfaces = block.list('interfaces', 'interface', (item) => readAt(INTERFACE, item));
  return {
    interfaces: { ...interfaces, complete: interfaces.complete && interfaces.given },
    nameless:
      block.node !== undefined && interfaces.complete && !interfaces.given ? block.span : undefined,
    addresses: block.list('addresses', undefined, (item) => readLanAddress(item, context)),
  };
}

function readLanAddress(node: TreeNode, context: DraftContext): DraftLanAddress | undefined {
  if (node.kind === 'scalar') {
    const address = readAt(INTERFACE_ADDRESS, node);
    return address === undefined ? undefined : { address, interface: undefined };
  }
  const block = new Block(node, node.span, context);
  const address = block.value('address', INTERFACE_ADDRESS);
  return address === undefined
    ? undefined
    : { address, interface: block.value('interface', INTERFACE) };
}

function readWan(node: TreeNode, context: DraftContext): DraftWan | undefined {
  if (node.kind !== 'mapping') return undefined;
  const block = new Block(node, node.span, context);
  const name = block.value('name', NAME);
  return {
    span: name?.span ?? node.span,
    name,
    interface: block.value('interface', INTERFACE),
    addresses: block.list('addresses', 'address', (item) => readAt(INTERFACE_ADDRESS, item)),
    nexthops: block.list('nexthops', 'nexthop', (item) => readAt(NEXT_HOP, item)),
    capacity: block.setting('capacity', RATE, parseRate(DEFAULTS.capacity) ?? 0),
    subnets: block.list('subnets', 'subnet', (item) => readSubnet(item, context)),
    detours: block.list('detours', undefined, (item) => readAt(NAME, item)),
    allow: block.list('allow', undefined, (item) => readAllowed(item, context)),
    direct: block.setting('direct', FLAG, DEFAULTS.direct),
  };
}

function readAllowed(node: TreeNode, context: DraftContext): DraftAllowed | undefined {
  if (node.kind !== 'mapping') return undefined;
  const block = new Block(node, node.span, context);
  const protocol = block.setting<Transport>('protocol', KINDS.transport, DEFAULTS.allow.protocol);
  const port = block.value('port', KINDS.servicePort);
  const from = block.value('from', ORIGIN);
  return protocol === undefined || port === undefined || from === undefined
    ? undefined
    : { protocol, port, from };
}

function readSubnet(node: TreeNode, context: DraftContext): DraftSubnet | undefined {
  if (node.kind === 'scalar') {
    const prefix = readAt(SUBNET, node);
    return prefix === undefined ? undefined : { prefix, ...NO_DETAILS };
  }
  const block = new Block(node, node.span, context);
  const prefix = block.value('prefix', SUBNET);
  if (prefix === undefined) return undefined;
  return {
    prefix,
    gateway: block.value('gateway', UNICAST),
    interface: block.value('interface', INTERFACE),
    pool: block.value('pool', ADDRESS_RANGE),
  };
}

const NO_DETAILS = { gateway: undefined, interface: undefined, pool: undefined };

function readPeer(
  node: TreeNode,
  preset: Setting<number> | undefined,
  context: DraftContext,
): DraftPeer | undefined {
  if (node.kind !== 'mapping') return undefined;
  const block = new Block(node, node.span, context);
  const name = block.value('name', NAME);
  const own = block.setting('vni', KINDS.vni, 0);
  const vni = own?.given === false ? preset && { ...preset, given: false } : own;
  const paths: DraftList<DraftPath> = block.required('paths', (item) =>
    readPath(item, vni, pathIndex(block, item), context),
  );
  return {
    span: name?.span ?? node.span,
    name,
    prefixes: block.list('prefixes', 'prefix', (item) => readAt(DESTINATION, item)),
    vni,
    proxy: block.value('proxy', UNICAST),
    paths,
  };
}

/** Also paths that cannot be read count, so that the others keep their numbers. */
function pathIndex(peer: Block, path: TreeNode): number {
  const list = peer.entry('paths')?.value;
  return list?.kind === 'list' ? list.items.indexOf(path) : 0;
}

function readPath(
  node: TreeNode,
  base: Setting<number> | undefined,
  index: number,
  context: DraftContext,
): DraftPath | undefined {
  if (node.kind !== 'mapping') return undefined;
  const block = new Block(node, node.span, context);
  const own = block.setting('vni', KINDS.vni, 0);
  return {
    span: node.span,
    wan: block.value('wan', NAME),
    remote: block.value('remote', UNICAST),
    vni:
      own?.given === false
        ? base && { value: base.value + index, span: base.span, given: false }
        : own,
    subnets: block.list('subnets', 'subnet', (item) => readAt(SUBNET, item)),
    capacity: block.value('capacity', RATE),
    nat: block.setting<boolean>('nat', FLAG, DEFAULTS.path.nat),
  };
}

function readDamping(recovery: Block): DraftDamping {
  const node = recovery.entry('damping')?.value;
  const flag = node?.kind === 'scalar' ? readAt(FLAG, node) : undefined;
  const block = recovery.block('damping');
  const preset = DEFAULTS.damping;
  if (flag !== undefined) {
    const { span } = flag;
    const fixed = <T>(value: T): Setting<T> => ({ value, span, given: false });
    return {
      enabled: { ...flag, given: true },
      flaps: fixed(preset.flaps),
      window: fixed(milliseconds(preset.window)),
      quiet: fixed(milliseconds(preset.quiet)),
    };
  }
  return {
    enabled: block.setting('enabled', FLAG, preset.enabled),
    flaps: block.setting('flaps', KINDS.flaps, preset.flaps),
    window: block.setting('window', KINDS.window, milliseconds(preset.window)),
    quiet: block.setting('quiet', KINDS.quiet, milliseconds(preset.quiet)),
  };
}

function readHost(block: Block): DraftHost {
  const preset = DEFAULTS.host;
  return {
    rtoMin: block.setting('rto-min', KINDS.rtoMin, milliseconds(preset.rtoMin)),
    staleLossCount: block.setting('stale-loss-count', KINDS.staleLossCount, preset.staleLossCount),
    receiveBuffer: block.setting(
      'receive-buffer',
      KINDS.buffer,
      parseSize(preset.receiveBuffer) ?? 0,
    ),
    sendBuffer: block.setting('send-buffer', KINDS.buffer, parseSize(preset.sendBuffer) ?? 0),
    notsentLowat: block.setting('notsent-lowat', KINDS.unsent, parseSize(preset.notsentLowat) ?? 0),
    blackholeTimeout: block.setting(
      'blackhole-timeout',
      KINDS.blackholeTimeout,
      milliseconds(preset.blackholeTimeout),
    ),
  };
}

/** A default of ours, so it can be read. */
function milliseconds(text: string): number {
  return parseDuration(text) ?? 0;
}
