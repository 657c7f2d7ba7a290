/**
 * The table of settings in docs/hosts.md as lines to type: commands as they stand, with an address
 * and a device in place of the words for them, and sysctls by name and value.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { ROOT } from '../../support/documents.ts';

export interface Row {
  readonly file: string;
  readonly line: number;
  readonly cells: readonly string[];
}

/** The rows of all tables of a document, without heads. */
export function tableOf(file: string): readonly Row[] {
  const lines = readFileSync(join(ROOT, file), 'utf8').split('\n');
  const isRule = (text: string | undefined): boolean => /^\|[-| :]+\|$/.test(text ?? '');
  return lines.flatMap((text, index) => {
    if (!text.startsWith('|') || isRule(text) || isRule(lines[index + 1])) return [];
    const cells = text.split('|').slice(1, -1);
    return [{ file, line: index + 1, cells: cells.map((cell) => cell.trim()) }];
  });
}

/** None: it is said in words, and there is nothing to type. */
export function hostSetting({ cells: [setting = '', value = ''] }: Row): readonly string[] {
  const spans = [...setting.matchAll(/`([^`]+)`/g)].map(([, span]) => span ?? '');
  return spans.flatMap((span) => {
    if (span.startsWith('ip ')) {
      return [span.replace('ADDRESS', '10.10.1.2').replace('DEV', 'eth0')];
    }
    if (/^net\.[a-z0-9_.]+$/.test(span)) return [sysctl(span, setting, value)];
    return [];
  });
}

function sysctl(name: string, setting: string, value: string): string {
  const number = /^(\d+)( MiB)?$/.exec(value);
  if (number === null) return `sysctl ${name}`;
  const wanted = Number(number[1]) * (number[2] === undefined ? 1 : 2 ** 20);
  // Of three numbers, least, first and greatest, the last.
  const text = setting.endsWith(' maximum')
    ? `"$(sysctl -n ${name} | cut -f 1,2) ${wanted}"`
    : String(wanted);
  return `sysctl -w ${name}=${text}`;
}
