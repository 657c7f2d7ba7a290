/** Tree → {@link DraftProxy}: every key of `proxy` is read here, and here only. */
import type { Prefix } from '../net/prefix.ts';
import { DESTINATION } from './addresses.ts';
import { DEFAULTS } from './defaults.ts';
import type { DraftProxy, DraftUnproxied } from './draft.ts';
import { Block } from './draft-block.ts';
import type { DraftContext } from './draft-block.ts';
import { KINDS } from './kinds.ts';
import { readOptional } from './read-optional.ts';
import type { TreeNode } from './tree.ts';

export function readProxy(file: Block, context: DraftContext): DraftProxy {
  const preset = DEFAULTS.proxy;
  const { span, block, enabled } = readOptional(file, 'proxy', preset.enabled, context);
  return {
    span,
    enabled,
    port: block.setting('port', KINDS.proxyPort, preset.port),
    connections: block.setting('connections', KINDS.connections, preset.connections),
    except: block.list('except', undefined, (item) => readUnproxied(item, context)),
  };
}

function readUnproxied(node: TreeNode, context: DraftContext): DraftUnproxied | undefined {
  if (node.kind !== 'mapping') return undefined;
  const block = new Block(node, node.span, context);
  const prefix = block.setting<Prefix | undefined>('prefix', DESTINATION, undefined);
  const port = block.setting<number | undefined>('port', KINDS.servicePort, undefined);
  // Half of it could be taken for all of it.
  if (prefix === undefined || port === undefined) return undefined;
  return { span: node.span, prefix, port };
}
