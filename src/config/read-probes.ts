/** Tree → {@link DraftProbes}: every key of `probes` is read here, and here only. */
import { parseDuration } from '../net/duration.ts';
import { UNICAST } from './addresses.ts';
import { DEFAULTS } from './defaults.ts';
import type { DraftProbes, DraftTarget } from './draft.ts';
import { Block, readAt } from './draft-block.ts';
import type { DraftContext } from './draft-block.ts';
import { KINDS } from './kinds.ts';
import { parsePart, PART } from './percentage.ts';
import type { TreeNode } from './tree.ts';

export function readProbes(file: Block, context: DraftContext): DraftProbes {
  const block = file.block('probes');
  const preset = DEFAULTS.probes;
  return {
    span: file.entry('probes')?.key,
    targets: block.nonEmpty('targets', (item) => readTarget(item, context)),
    interval: block.setting('interval', KINDS.probeInterval, parseDuration(preset.interval) ?? 0),
    roundTrip: block.setting(
      'round-trip',
      KINDS.probeRoundTrip,
      parseDuration(preset.roundTrip) ?? 0,
    ),
    window: block.setting('window', KINDS.probeWindow, preset.window),
    loss: block.setting('loss', PART, parsePart(preset.loss) ?? 0),
    quorum: block.value('quorum', KINDS.quorum),
  };
}

/** An address alone is asked by ICMP. */
function readTarget(node: TreeNode, context: DraftContext): DraftTarget | undefined {
  if (node.kind === 'scalar') {
    const address = readAt(UNICAST, node);
    return address === undefined ? undefined : { address, tcp: undefined };
  }
  const block = new Block(node, node.span, context);
  const address = block.value('address', UNICAST);
  return address === undefined
    ? undefined
    : { address, tcp: block.value('tcp', KINDS.servicePort) };
}
