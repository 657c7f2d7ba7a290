/**
 * What kind of file a text is, where it is not the one that a command takes: a topology given to
 * `check`, a site file given to `lab up`, a Compose file given to either.
 *
 * Always holds: a file with slips stays what it was meant to be; only what has the keys of another
 * kind, or none of its own, is called something else.
 */
import { blockAt } from './json-schema.ts';
import { quoted } from './kind.ts';
import { nearest } from './nearest.ts';
import type { Reporter } from './source.ts';
import { child } from './tree.ts';
import type { MappingNode, TreeNode } from './tree.ts';
import { isSynonym } from './unknown-keys.ts';

export const TOPOLOGY_KEYS = ['lab', 'sites', 'hosts', 'middleboxes', 'internet', 'wans'];

export type DocumentKind = 'site' | 'topology';

/** What others call the top of their files. */
const FOREIGN: readonly (readonly [what: string, keys: readonly string[]])[] = [
  ['a Compose file of Docker', ['services']],
  ['a netplan file', ['network']],
  ['a Kubernetes manifest', ['apiVersion', 'kind']],
  ['a workflow of GitHub', ['on', 'jobs']],
  ['a JSON Schema', ['$schema', 'properties']],
  ['a cloud-init file', ['runcmd']],
  ['a package of npm', ['name', 'version']],
  ['what `wamptcp status --json` prints', ['daemon', 'paths']],
  ['what `wamptcp measure --json` prints', ['captures', 'flows']],
];

const CURE = {
  site: 'give the file of one gateway; examples/smallest.yaml is the shortest there is',
  topology: 'give the topology of a lab; examples/lab has some',
} as const;

const CALLED = { site: 'a site file', topology: 'the topology of a lab' } as const;

/** True: it is not of this kind at all, which has been reported, and nothing else is to be said. */
export function reportOtherKind(root: TreeNode, wanted: DocumentKind, report: Reporter): boolean {
  if (root.kind !== 'mapping') return false;
  const found = kindOf(root);
  const [first] = root.entries.values();
  if (first === undefined || found === wanted) return false;
  if (found === 'site') {
    const name = child(root, 'site');
    const which = name?.kind === 'scalar' ? ` of ${quoted(name.written)}` : '';
    report.error(
      first.key,
      `this is the site file${which}, not ${CALLED.topology}`,
      'site files are for `wamptcp check`, `plan`, `apply` and `run`; a topology names them in `sites`',
    );
    return true;
  }
  if (found === 'topology') {
    const files = filesOf(root);
    const named = files.length === 0 ? '' : `; its site files are ${files.join(', ')}`;
    report.error(
      first.key,
      `this is the topology of a lab, not ${CALLED.site}`,
      `\`wamptcp lab check\` and \`lab up\` take it${named}`,
    );
    return true;
  }
  const known = keysOf(wanted);
  if ([...root.entries.keys()].some((key) => known.includes(key))) return false;
  const foreign = FOREIGN.find(([, keys]) => keys.every((key) => root.entries.has(key)));
  if (foreign === undefined && !isStrange(root, wanted)) return false;
  const keys = [...root.entries.keys()].slice(0, 4).map(quoted).join(', ');
  report.error(
    first.key,
    foreign === undefined
      ? `this is not ${CALLED[wanted]}: of ${keys} none is a key of one`
      : `this is ${foreign[0]}, not ${CALLED[wanted]}`,
    CURE[wanted],
  );
  return true;
}

/** Undefined: neither, or as much the one as the other. */
function kindOf(root: MappingNode): DocumentKind | undefined {
  const has = (key: string, kind?: TreeNode['kind']): boolean => {
    const node = child(root, key);
    return node !== undefined && (kind === undefined || node.kind === kind);
  };
  const count = (...signs: readonly boolean[]): number => signs.filter(Boolean).length;
  const topology = count(
    ...[has('lab', 'scalar'), has('sites'), has('sites'), has('wans', 'mapping')],
    ...[has('hosts', 'mapping'), has('middleboxes'), has('internet', 'mapping')],
  );
  const site = count(
    ...[has('site'), has('site'), has('lan'), has('wans', 'list'), has('peers')],
    ...[has('tunnel'), has('detection'), has('recovery'), has('provision')],
  );
  if (topology >= 2 && topology > site && !has('site')) return 'topology';
  return site >= 2 && site > topology && !has('sites') ? 'site' : undefined;
}

function keysOf(wanted: DocumentKind): readonly string[] {
  return wanted === 'topology' ? TOPOLOGY_KEYS : Object.keys(blockAt([])?.properties ?? {});
}

/** No key of it looks like one of this kind. */
function isStrange(root: MappingNode, wanted: DocumentKind): boolean {
  return [...root.entries.keys()].every(
    (key) =>
      /^[\w$.-]+$/.test(key) &&
      nearest(key, keysOf(wanted)) === undefined &&
      (wanted === 'topology' || !isSynonym(key)),
  );
}

/** The files that a topology names. */
function filesOf(root: MappingNode): readonly string[] {
  const sites = child(root, 'sites');
  if (sites?.kind !== 'mapping') return [];
  return [...sites.entries.values()].flatMap(({ value }) => {
    const file = value.kind === 'scalar' ? value : child(value, 'file');
    return file?.kind === 'scalar' && file.written !== '' ? [file.written] : [];
  });
}
