/**
 * The text of a topology file → what it says; everything wrong with it goes to `report`.
 *
 * Always holds: nothing is thrown, whatever the text. What comes out is as much as could be read, so
 * it may be used only if `report` has not failed.
 */
import { INTERFACE_ADDRESS, NEXT_HOP, SUBNET, UNICAST } from '../../config/addresses.ts';
import { reportOtherKind, TOPOLOGY_KEYS } from '../../config/document-kind.ts';
import type { At } from '../../config/draft.ts';
import { readYaml } from '../../config/read-yaml.ts';
import type { Reporter } from '../../config/source.ts';
import type { TreeNode } from '../../config/tree.ts';
import { FLAG } from '../../config/kind.ts';
import type { Kind } from '../../config/kind.ts';
import { PART } from '../../config/percentage.ts';
import { INTERFACE, NAME, RATE } from '../../config/values.ts';
import { DIRECTIONS } from '../link/direction.ts';
import type { Direction } from '../link/direction.ts';
import { Fields, readValue } from './fields.ts';
import {
  ATTACHMENT,
  CLIENT,
  COUNT,
  ENDPOINTS,
  FAMILY,
  FILE_NAME,
  LINE_TIME,
  MIDDLEBOX,
  MTU,
  PROFILE,
  QUEUE,
} from './kinds.ts';
import { formatAttachment } from './topology.ts';
import type {
  AttachmentName,
  LinkValues,
  Topology,
  TopologyAttachment,
  TopologyHost,
  TopologyLine,
  TopologyMiddlebox,
  TopologyServer,
  TopologySite,
} from './topology.ts';

const SITE_KEYS = ['file'];
const SERVER_KEYS = ['address', 'addresses'];
const HOST_KEYS = [
  ...['site', 'interface', 'address', 'addresses', 'count', 'owns', 'profile', 'endpoints'],
  ...['client', 'family', 'behind'],
];
const MIDDLEBOX_KEYS = ['site', 'kind'];
const LINK_KEYS = ['rate', 'rtt', 'jitter', 'loss', 'reorder', 'queue', 'buffer'];
const LINE_KEYS = ['connects', ...LINK_KEYS, 'mtu', 'path-mtu', 'swallows-icmp', 'attachments'];
const ATTACHMENT_KEYS = [
  ...['address', 'addresses', 'nexthop', 'nexthops', 'firewall', 'nat'],
  ...LINK_KEYS,
];

const DEFAULT_MTU = 1500;

export function readTopology(report: Reporter): Topology | undefined {
  const tree = readYaml(report.source, report, 'examples/lab/two-wans.yaml');
  if (tree === undefined || reportOtherKind(tree, 'topology', report)) return undefined;
  const root = Fields.read(tree, 'the topology', TOPOLOGY_KEYS, report);
  const lab = root?.required('lab', NAME);
  if (root === undefined) return undefined;
  for (const [key, example] of [
    ['sites', '{ branch: branch.yaml }'],
    ['wans', '{ fibre: { connects: [branch.fibre, hub.fibre] } }'],
  ] as const) {
    if (!root.has(key)) root.missing(key, example);
  }
  if (lab === undefined) return undefined;
  return {
    lab,
    sites: root.named('sites', NAME).flatMap(({ name, node }) => readSite(name, node, report)),
    hosts: root.named('hosts', NAME).flatMap(({ name, node }) => readHost(name, node, report)),
    middleboxes: root
      .named('middleboxes', NAME)
      .flatMap(({ name, node }) => readMiddlebox(name, node, report)),
    servers: root
      .named('internet', NAME)
      .flatMap(({ name, node }) => readServer(name, node, report)),
    lines: root
      .named('wans', NAME)
      .flatMap(({ name, node }) => readLine(name, node, root.has('internet') ? 1 : 2, report)),
  };
}

function readSite(name: At<string>, node: TreeNode, report: Reporter): TopologySite[] {
  // `branch: branch.yaml` says it all.
  const file =
    node.kind === 'scalar'
      ? readValue(node, FILE_NAME, report)
      : Fields.read(node, `site \`${name.value}\``, SITE_KEYS, report, name.span)?.required(
          'file',
          FILE_NAME,
        );
  return file === undefined ? [] : [{ name, file }];
}

function readHost(name: At<string>, node: TreeNode, report: Reporter): TopologyHost[] {
  const fields = Fields.read(node, `host \`${name.value}\``, HOST_KEYS, report, name.span);
  const site = fields?.required('site', NAME);
  if (fields === undefined || site === undefined) return [];
  const addresses = fields.list('addresses', 'address', INTERFACE_ADDRESS);
  return [
    {
      name,
      site,
      interface: fields.value('interface', INTERFACE),
      addresses: fields.has('addresses') || fields.has('address') ? addresses : undefined,
      count: fields.value('count', COUNT),
      owns: ownedPrefixes(fields, report),
      profile: fields.value('profile', PROFILE)?.value ?? 'default',
      endpoints: fields.value('endpoints', ENDPOINTS)?.value ?? 'subflow',
      client: fields.value('client', CLIENT),
      family: fields.value('family', FAMILY),
      behind: fields.value('behind', NAME),
    },
  ];
}

function readMiddlebox(name: At<string>, node: TreeNode, report: Reporter): TopologyMiddlebox[] {
  const what = `middlebox \`${name.value}\``;
  const fields = Fields.read(node, what, MIDDLEBOX_KEYS, report, name.span);
  const site = fields?.required('site', NAME);
  const kind = fields?.required('kind', MIDDLEBOX)?.value;
  return site === undefined || kind === undefined ? [] : [{ name, site, kind }];
}

function ownedPrefixes(fields: Fields, report: Reporter): TopologyHost['owns'] {
  const node = fields.node('owns');
  if (node === undefined) return [];
  const nodes = node.kind === 'list' ? node.items : [node];
  return nodes.flatMap((item) => {
    const read = readValue(item, SUBNET, report);
    if (read?.value.includes(':') !== true) return read ?? [];
    report.error(
      item.span,
      'a host can own whole prefixes of IPv4 only',
      'the kernel answers neighbour solicitations for single IPv6 addresses only; list `addresses`',
    );
    return [];
  });
}

function readServer(name: At<string>, node: TreeNode, report: Reporter): TopologyServer[] {
  const what = `server \`${name.value}\``;
  const fields = Fields.read(node, what, SERVER_KEYS, report, name.span);
  if (fields === undefined) return [];
  const addresses = fields.list('addresses', 'address', UNICAST);
  if (addresses.length === 0 && !fields.has('addresses') && !fields.has('address')) {
    fields.missing('address', UNICAST.example);
  }
  return [{ name, addresses }];
}

/** @param least so many WANs a line connects: with servers in the Internet, one is enough. */
function readLine(
  name: At<string>,
  node: TreeNode,
  least: 1 | 2,
  report: Reporter,
): TopologyLine[] {
  const what = `line \`${name.value}\``;
  const fields = Fields.read(node, what, LINE_KEYS, report, name.span);
  if (fields === undefined) return [];
  const connects = readConnects(fields, least, report);
  return [
    {
      name,
      connects,
      mtu: fields.value('mtu', MTU)?.value ?? DEFAULT_MTU,
      pathMtu: fields.value('path-mtu', MTU)?.value,
      swallowsIcmp: fields.value('swallows-icmp', FLAG)?.value ?? false,
      values: readLink(fields, report),
      attachments: readAttachments(fields, connects, report),
    },
  ];
}

function readConnects(
  fields: Fields,
  least: 1 | 2,
  report: Reporter,
): readonly At<AttachmentName>[] {
  const node = fields.node('connects');
  if (node === undefined) {
    fields.missing('connects', '[branch.fibre, hub.fibre]');
    return [];
  }
  if (node.kind !== 'list' || node.items.length < least) {
    report.error(
      node.span,
      `\`connects\` must be a list of ${least === 1 ? 'one WAN' : 'two WANs'} or more`,
      'write `connects: [branch.fibre, hub.fibre]`',
    );
    return [];
  }
  return node.items.flatMap((item) => readValue(item, ATTACHMENT, report) ?? []);
}

function readAttachments(
  fields: Fields,
  connects: readonly At<AttachmentName>[],
  report: Reporter,
): TopologyAttachment[] {
  const node = fields.node('attachments');
  if (node === undefined) return [];
  const known = connects.map(({ value }) => formatAttachment(value));
  const blocks = Fields.read(node, '`attachments`', known, report);
  return connects.flatMap((connected) => {
    const key = formatAttachment(connected.value);
    const block = blocks?.node(key);
    if (block === undefined) return [];
    const own = Fields.read(block, `\`${key}\``, ATTACHMENT_KEYS, report);
    if (own === undefined) return [];
    return [
      {
        name: { value: connected.value, span: own.span },
        values: readLink(own, report),
        addresses: own.list('addresses', 'address', INTERFACE_ADDRESS),
        nexthops: own.list('nexthops', 'nexthop', NEXT_HOP),
        firewall: own.value('firewall', FLAG)?.value ?? false,
        nat: readNat(own, report),
      },
    ];
  });
}

function readNat(own: Fields, report: Reporter): TopologyAttachment['nat'] {
  const nat = own.value('nat', UNICAST);
  if (nat?.value.includes(':') !== true) return nat;
  report.error(nat.span, 'a NAT is for IPv4', 'write the IPv4 address that others see');
  return undefined;
}

function readLink(fields: Fields, report: Reporter): LinkValues {
  const rate = readBoth(fields, 'rate', RATE, report);
  const loss = readBoth(fields, 'loss', PART, report);
  const rtt = fields.value('rtt', LINE_TIME)?.value;
  const jitter = fields.value('jitter', LINE_TIME)?.value;
  const buffer = fields.value('buffer', LINE_TIME)?.value;
  const queue = fields.value('queue', QUEUE)?.value;
  const reorder = fields.value('reorder', FLAG)?.value;
  return {
    ...(rate === undefined ? {} : { rate }),
    ...(loss === undefined ? {} : { loss }),
    ...(rtt === undefined ? {} : { rtt }),
    ...(jitter === undefined ? {} : { jitter }),
    ...(buffer === undefined ? {} : { buffer }),
    ...(queue === undefined ? {} : { queue }),
    ...(reorder === undefined ? {} : { reorder }),
  };
}

/** `20mbit`, or `{ up: 20mbit, down: 50mbit }`. */
function readBoth<T>(
  fields: Fields,
  key: string,
  kind: Kind<T>,
  report: Reporter,
): Readonly<Record<Direction, T>> | undefined {
  const node = fields.node(key);
  if (node === undefined) return undefined;
  if (node.kind !== 'mapping') {
    const both = readValue(node, kind, report)?.value;
    return both === undefined ? undefined : { up: both, down: both };
  }
  const ways = Fields.read(node, `\`${key}\``, DIRECTIONS, report);
  const up = ways?.required('up', kind)?.value;
  const down = ways?.required('down', kind)?.value;
  return up === undefined || down === undefined ? undefined : { up, down };
}
