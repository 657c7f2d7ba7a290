/**
 * Everything that nftables does on this machine, whoever made it, also by iptables-nft.
 *
 * Always holds: reads only.
 */
import { run } from '../../system/command.ts';

/** As JSON, without what is in sets: that may be a great deal. Empty where it cannot be read. */
export async function wholeRuleset(): Promise<string> {
  return await run(['nft', '-j', '-t', 'list', 'ruleset']).catch(() => '');
}
