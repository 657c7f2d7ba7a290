/**
 * What an apply of a hub from nothing does, as a script without us: the same commands by `ip -batch`, `nft -f`,
 * `sysctl -p` and `bird`.
 *
 * Always holds: in the order of the apply; nothing is left out.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { diff } from '../src/apply/diff.ts';
import type { SiteConfig } from '../src/config/site.ts';
import { commandsFor } from '../src/dataplane/kernel/command.ts';
import { plan } from '../src/plan/plan.ts';
import { NO_FACTS } from '../src/plan/facts.ts';

/** A run of commands of one program. */
interface Part {
  readonly program: string;
  readonly lines: string[];
}

/** @returns the script's file, in `directory`. */
export async function writeCommands(site: SiteConfig, directory: string): Promise<string> {
  await mkdir(directory, { recursive: true });
  const script: string[] = ['set -e'];
  for (const [index, { program, lines }] of parts(site).entries()) {
    const file = join(directory, `${String(index).padStart(3, '0')}.txt`);
    await writeFile(file, lines.join('\n') + '\n');
    script.push(`${program} ${file}`);
  }
  const file = join(directory, 'all.sh');
  await writeFile(file, `${script.join('\n')}\n`);
  return file;
}

function parts(site: SiteConfig): readonly Part[] {
  const interfaces = [...site.lan.interfaces, ...site.wans.map((wan) => wan.interface)];
  const nothing = { mtu: 1500, addresses: [], ways: [] };
  const facts = { ...NO_FACTS, interfaces: new Map(interfaces.map((name) => [name, nothing])) };
  const all: Part[] = [];
  const add = (program: string, line: string): void => {
    const last = all.at(-1);
    if (last?.program === program) last.lines.push(line);
    else all.push({ program, lines: [line] });
  };
  for (const change of diff(plan(site, facts), [], new Map()).changes) {
    for (const command of commandsFor(change)) {
      if ('write' in command) {
        add('sysctl -q -p', `${command.write.key.join('/')} = ${command.write.value}`);
      } else if ('engine' in command && command.engine === 'load') {
        add('bird -s bird.ctl -P bird.pid -c', `log "bird.log" all;\n${command.config}`);
      } else if ('run' in command) {
        const options = command.run.filter((word, at) => at > 0 && word.startsWith('-'));
        const words = command.run.filter((word, at) => at > 0 && !options.includes(word));
        if (command.run[0] === 'nft') add('nft -f', command.stdin ?? '');
        else add([command.run[0], ...options, '-batch'].join(' '), words.join(' '));
      } else {
        throw new Error('a hub of these has no other program');
      }
    }
  }
  return all;
}
