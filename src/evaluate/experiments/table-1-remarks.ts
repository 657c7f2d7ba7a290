/**
 * Where Table I differs from the paper by more than a tenth, and why as far as its figures show. Pure.
 *
 * Always holds: only what was measured is named, and a reason only where the figures are in keeping with it.
 */
import type { MechanismName } from '../../lab/mechanism/mechanism.ts';
import { titleInList } from '../mechanism-titles.ts';
import { PAYLOAD } from '../payload.ts';

export interface Throughput {
  readonly name: MechanismName;
  /** Of the column. */
  readonly title: string;
  /** NaN: not measured. */
  readonly mbps: number;
  /** Processors of the whole machine, on the average of a run. */
  readonly busy: number;
  /** Times the processor time for each octet that one connection took in the same run; NaN: not measured. */
  readonly timesOfOne: number;
  /** Of each run, what hashed connections had in lines; undefined: not a whole number of them. Else empty. */
  readonly linesUsed: readonly (number | undefined)[];
  /** That came to a figure, and that stalled. */
  readonly runs: number;
  readonly stalled: number;
  readonly paper: string | undefined;
}

export interface Machine {
  readonly processors: number;
  readonly lines: number;
  /** Mb/s of each. */
  readonly rate: number;
}

const SLACK = 0.1;
/** Of the processors, beyond which they are called the limit; of the lines, beyond which they are full. */
const NEARLY = 0.9;
/** Times the processor time of one connection, which cannot be for what both do with each octet. */
const COSTLIER = 2;

const TEN = 10;

const NOT_TRACED = 'Why was not traced.';

export function differenceRemarks(all: readonly Throughput[], machine: Machine): readonly string[] {
  const remarks = (than: 'more' | 'less'): readonly string[] => {
    const sign = than === 'more' ? 1 : -1;
    const differing = all.filter(({ mbps, paper }) => sign * (mbps / Number(paper) - 1) > SLACK);
    return [...Map.groupBy(differing, ({ name }) => name)].map(([name, found]) => {
      const figures = found.map(
        ({ title, mbps, paper, runs }) =>
          `${mbps.toFixed(0)} for ${paper} (${title}${runs === 1 ? ', one run' : ''})`,
      );
      const reasons =
        than === 'more' ? [moreReason(name, found, machine)] : lessReasons(found, machine);
      return `${titleInList(name)} has ${than} than in the paper: ${figures.join(', ')} Mb/s. ${reasons.join(' ')}`;
    });
  };
  return [
    ...remarks('more'),
    ...remarks('less'),
    ...stalls(all),
    ...hashed(all, machine),
    ...openVpn(all, machine),
  ];
}

function moreReason(
  name: MechanismName,
  found: readonly Throughput[],
  { lines, rate }: Machine,
): string {
  if (name !== 'tunnel') return NOT_TRACED;
  const full = found.every(({ mbps }) => mbps > NEARLY * lines * rate * PAYLOAD.mptcp);
  return (
    'The paper’s tunnel is a program in user space, to which we suppose each packet goes by itself. Ours is one too, but takes up to ' +
    '64 kB at a time from a TUN device with segmentation offload, which spares most of the system calls ' +
    '(docs/mechanism-tunnel.md).' +
    (full
      ? ' It fills the lines. So that a tunnel fills none is not confirmed here, and the paper’s row says nothing of tunnels as such.'
      : '')
  );
}

/** Each once; with the column where not all have the same. */
function lessReasons(found: readonly Throughput[], machine: Machine): readonly string[] {
  const byReason = [...Map.groupBy(found, (one) => lessReason(one, machine))];
  if (byReason.length === 1) return byReason.map(([reason]) => reason);
  return byReason.map(([reason, own]) => `${own.map(({ title }) => title).join('; ')}: ${reason}`);
}

function lessReason(one: Throughput, machine: Machine): string {
  if (one.linesUsed.some((used) => used !== undefined && used < machine.lines)) {
    return `That is as much as ${countsText(one)} of ${machine.lines} lines carry of one connection each: the hash left lines empty.`;
  }
  if (one.busy > NEARLY * machine.processors) {
    return `The processors are the limit: ${busyText(one, machine)}, which hosts, gateways and lines share here.`;
  }
  const busy = `On the average ${busyText(one, machine)}.`;
  if (!(one.timesOfOne > COSTLIER)) return `${NOT_TRACED} ${busy}`;
  return (
    `${NOT_TRACED} ${busy} Each Gbit took ${one.timesOfOne.toFixed(1)} times the processor time of one connection, which copies the same ` +
    'octets as often: so it is not copying.'
  );
}

function busyText(one: Throughput, { processors }: Machine): string {
  return `${one.busy.toFixed(2)} of ${processors} processors were busy`;
}

/** A measurement that stalls has no figure in any column, so what the paper has there is named. */
function stalls(all: readonly Throughput[]): readonly string[] {
  const found = all.filter(
    ({ mbps, stalled, paper }) => Number.isNaN(mbps) && stalled > 0 && paper !== undefined,
  );
  return [...Map.groupBy(found, ({ name }) => name)].map(([name, own]) => {
    const paper = own.map((one) => `${one.paper} (${one.title})`).join(', ');
    const most = Math.max(...own.map(({ stalled }) => stalled));
    return (
      `${titleInList(name)} stalled where the paper has ${paper} Mb/s, in ${most === 1 ? 'one run' : `each of ${most} runs`}. A run is ` +
      `of one connection and then of ten, and counts for both only if something arrives in both. ${NOT_TRACED}`
    );
  });
}

/** How even hashed connections were dealt out, whatever the paper has. */
function hashed(all: readonly Throughput[], { lines }: Machine): readonly string[] {
  const found = all.filter(({ linesUsed }) => linesUsed.length > 0);
  if (found.length === 0) return [];
  const each = found.map((one) => `${titleInList(one.name)} ${countsText(one)} (${one.title})`);
  return [
    `How many of the ${lines} lines the hash used for ten connections, which is what they had ÷ what one had in the same run: ` +
      `${each.join(', ')}. It deals out by chance; a hash that is even uses all ${lines} in ` +
      `${(100 * chanceOfAll(lines, TEN)).toFixed(0)} of 100 cases.`,
  ];
}

/** Of each run. */
function countsText({ linesUsed: used }: Throughput): string {
  return used.map((count) => count?.toFixed(0) ?? 'no whole number').join(' and ');
}

/** A whole number within 2 %, or undefined. */
export function linesUsed(ten: number, one: number): number | undefined {
  const whole = Math.round(ten / one);
  return whole > 0 && Math.abs(ten / one / whole - 1) <= 0.02 ? whole : undefined;
}

/** That so many connections, each over any line, leave none empty: by inclusion and exclusion. */
export function chanceOfAll(lines: number, connections: number): number {
  let chance = 0;
  let ways = 1;
  for (let empty = 0; empty < lines; empty++) {
    chance += (empty % 2 === 0 ? ways : -ways) * (1 - empty / lines) ** connections;
    ways = (ways * (lines - empty)) / (empty + 1);
  }
  return chance;
}

/** The paper has no figure of it, but it is its tunnel’s nearest relative. */
function openVpn(all: readonly Throughput[], machine: Machine): readonly string[] {
  const [first] = all.filter(({ name, mbps }) => name === 'tunnel-openvpn' && !Number.isNaN(mbps));
  if (first === undefined) return [];
  const limit =
    first.busy > NEARLY * machine.processors
      ? ', so they are the limit; more was not traced'
      : '; whether the thread of one gateway took a processor for itself was not traced';
  return [
    `OpenVPN, the ready-made tunnel, has ${first.mbps.toFixed(0)} Mb/s (${first.title}): one thread moves each packet of 1,500 octets by ` +
      `itself, without encryption here. On the average ${busyText(first, machine)}${limit}.`,
  ];
}
