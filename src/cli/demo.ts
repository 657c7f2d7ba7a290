/**
 * `wamptcp demo`: the story on two emulated lines, with a live picture on a terminal and plain lines
 * elsewhere.
 *
 * Always holds: exit code 0 only when the story held; the lab is gone afterwards, also after Ctrl-C.
 */
import { resolve } from 'node:path';

import Table from 'cli-table3';

import { conditions } from '../lab/demo/figures.ts';
import type { DemoFigures } from '../lab/demo/figures.ts';
import { picture, plainPicture } from '../lab/demo/picture.ts';
import type { PicturedLine } from '../lab/demo/picture.ts';
import { tellStory } from '../lab/demo/story.ts';
import { labUp } from '../lab/lab.ts';
import type { Lab } from '../lab/lab.ts';
import { WanRates } from '../lab/traffic/wan-rates.ts';
import type { RateSample } from '../lab/traffic/wan-rates.ts';
import { colours, complain, EXIT, print, printJson, requireRoot } from './output.ts';
import type { ExitCode } from './output.ts';

const TOPOLOGY = resolve(import.meta.dirname, '../../examples/lab/two-wans.yaml');
const CAPACITY = 100e6;
/** Without a terminal, a line a second is enough. */
const PLAIN_EVERY = 5;

export async function demoCommand(options: { readonly json: boolean }): Promise<ExitCode> {
  requireRoot();
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      interrupted.abort();
    });
  }
  complain('two gateways, two lines of 100 Mb/s, a client and a server, in network namespaces:');
  const lab = await labUp(TOPOLOGY, {
    name: 'demo',
    replace: true,
    stop: interrupted.signal,
    progress: distinct((text) => {
      complain(`  ${text}`);
    }),
  });
  try {
    const figures = await Promise.race([watched(lab), aborted(interrupted.signal)]);
    return report(figures, options.json);
  } finally {
    await lab.down();
  }
}

/** Progress repeats itself while nothing changes. */
function distinct(show: (text: string) => void): (text: string) => void {
  let before = '';
  return (text) => {
    if (text !== before) show(text);
    before = text;
  };
}

async function watched(lab: Lab): Promise<DemoFigures> {
  const screen = new Screen();
  const rates = new WanRates(lab.namespace('branch'), ['wan0', 'wan1'], (sample) => {
    screen.add(sample);
  });
  try {
    return await tellStory(lab, screen);
  } finally {
    await rates.stop();
    screen.end();
  }
}

async function aborted(signal: AbortSignal): Promise<never> {
  return await new Promise((_, reject) => {
    signal.addEventListener('abort', () => {
      reject(new Error('interrupted'));
    });
  });
}

/** Draws over itself on a terminal; prints line by line elsewhere. All on stderr. */
class Screen {
  readonly #live = process.stderr.isTTY;
  readonly #samples: RateSample[] = [];
  #lines: readonly PicturedLine[] = ['fibre', 'lte'].map((name) => ({
    name,
    capacity: CAPACITY,
    cut: false,
  }));
  #phase = '';
  #drawn = 0;

  phase(text: string): void {
    this.#phase = text;
    if (!this.#live) complain(text);
  }

  lineIs(line: string, state: 'cut' | 'healed'): void {
    this.#lines = this.#lines.map((one) =>
      one.name === line ? { ...one, cut: state === 'cut' } : one,
    );
  }

  add(sample: RateSample): void {
    this.#samples.push(sample);
    if (this.#live) this.#draw();
    else if (this.#samples.length % PLAIN_EVERY === 0) {
      complain(plainPicture(this.#lines, sample, ''));
    }
  }

  end(): void {
    if (this.#live) complain('');
  }

  #draw(): void {
    const text = picture(this.#lines, this.#samples, colours.bold(this.#phase), {
      busy: colours.green,
      cut: colours.red,
      faint: colours.dim,
    });
    const up = this.#drawn === 0 ? '' : `\u001b[${this.#drawn}A`;
    process.stderr.write(`${up}${text.map((line) => `\u001b[2K${line}\n`).join('')}`);
    this.#drawn = text.length;
  }
}

function report(figures: DemoFigures, json: boolean): ExitCode {
  const checks = conditions(figures);
  const held = checks.every((check) => check.held);
  if (json) {
    printJson({ ...figures, conditions: checks, held });
    return held ? EXIT.done : EXIT.failed;
  }
  print(summaryTable(figures));
  for (const check of checks) {
    print(`${check.held ? colours.green('✓') : colours.red('✗')} ${check.text}`);
  }
  return held ? EXIT.done : EXIT.failed;
}

function summaryTable(figures: DemoFigures): string {
  const table = new Table({ style: { head: [], border: [], compact: true } });
  const ratio = (figures.aggregateMbps / figures.singleMbps).toFixed(2);
  table.push(
    ['handed out to the client', figures.addresses.join(', ')],
    ['one plain TCP connection', `${figures.singleMbps.toFixed(1)} Mb/s`],
    ['one MPTCP connection, both lines', `${figures.aggregateMbps.toFixed(1)} Mb/s  (${ratio} ×)`],
    [
      'downloaded through the outage',
      `${(figures.downloadBytes / 1e6).toFixed(0)} MB in ${figures.downloadSeconds.toFixed(1)} s`,
    ],
    ['SHA-256', figures.sha256.sent === figures.sha256.received ? 'equal' : 'DIFFERENT'],
    ['cut → repaired', times(figures.repairMs)],
    ['healed → back', times(figures.revertMs)],
    [
      'longest pause of a steady stream',
      `${figures.longestPauseMs.toFixed(0)} ms, ${figures.messagesLost} of ${figures.messagesSent} messages lost`,
    ],
  );
  return table.toString();
}

function times(perGateway: DemoFigures['repairMs']): string {
  return Object.entries(perGateway)
    .map(([gateway, time]) => `${gateway} ${time === null ? 'never' : `${time.toFixed(0)} ms`}`)
    .join(', ');
}
