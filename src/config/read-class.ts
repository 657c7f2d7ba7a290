/** Tree → {@link DraftClass}: every key of an item of `classes` is read here, and here only. */
import { DESTINATION } from './addresses.ts';
import { DEFAULTS } from './defaults.ts';
import type { DraftClass, DraftMatch } from './draft.ts';
import { Block, readAt } from './draft-block.ts';
import type { DraftContext } from './draft-block.ts';
import { FLAG } from './kind.ts';
import type { ClassProtocol } from './site.ts';
import { CLASS_PROTOCOL, DSCP, PORT_RANGE } from './traffic-values.ts';
import type { TreeNode } from './tree.ts';
import { NAME } from './values.ts';

export function readClass(node: TreeNode, context: DraftContext): DraftClass | undefined {
  if (node.kind !== 'mapping') return undefined;
  const block = new Block(node, node.span, context);
  const name = block.value('name', NAME);
  return {
    span: name?.span ?? node.span,
    name,
    matches: block.list('matches', 'match', (item) => readMatch(item, context)),
    prefer: block.list('prefer', undefined, (item) => readAt(NAME, item)),
    avoid: block.list('avoid', undefined, (item) => readAt(NAME, item)),
    spread: block.setting('spread', FLAG, DEFAULTS.classes.spread),
  };
}

function readMatch(node: TreeNode, context: DraftContext): DraftMatch | undefined {
  if (node.kind !== 'mapping') return undefined;
  const block = new Block(node, node.span, context);
  const ports = block.list('ports', 'port', (item) => readAt(PORT_RANGE, item));
  return {
    span: node.span,
    dscps: block.list('dscps', 'dscp', (item) => readAt(DSCP, item)),
    // What has ports is nearly always UDP.
    protocol: block.setting<ClassProtocol | undefined>(
      'protocol',
      CLASS_PROTOCOL,
      ports.given ? 'udp' : undefined,
    ),
    ports,
    prefixes: block.list('prefixes', 'prefix', (item) => readAt(DESTINATION, item)),
  };
}
