/** Why an operation on the gateway is refused, and what to do then. The machine is as it was. */
import type { Applied } from '../apply/state.ts';
import type { Failed } from '../apply/converge.ts';
import type { Conflict } from '../apply/diff.ts';
import type { SiteConfig } from '../config/site.ts';
import { BAD_INPUT, WamptcpError } from '../lib/errors.ts';
import { lastWaysText } from './last-way.ts';
import type { LastWay } from './last-way.ts';

export function conflictOf(reason: string): WamptcpError {
  return new WamptcpError('CONFLICT', reason, {
    advice: 'Rename or remove it, or choose another `vni`. Nothing was changed.',
  });
}

export function busy(): WamptcpError {
  return new WamptcpError('BUSY', 'another wamptcp is changing this machine right now', {
    advice: 'Try again when it has finished.',
  });
}

export function awaitingConfirmation(): WamptcpError {
  return new WamptcpError('UNCONFIRMED', 'the last apply still waits for confirmation', {
    advice: 'Run `wamptcp confirm` or `wamptcp rollback` first.',
  });
}

export function nothingApplied(): WamptcpError {
  return new WamptcpError('NOTHING_APPLIED', 'no site is applied in this network namespace', {
    advice: 'Run `wamptcp apply -c FILE` or `wamptcp run -c FILE`.',
  });
}

export function anotherSite(applied: Applied, site: string): WamptcpError {
  return new WamptcpError(
    'OTHER_SITE',
    `site ${applied.site.site} is applied here, this file is of site ${site}`,
    {
      advice:
        `Nothing was changed. Give the file of site ${applied.site.site} (${applied.file}). ` +
        `If site ${site} is to take its place: --replace-site.`,
    },
  );
}

/** @param side whose interfaces: `LAN` or `WAN`. */
export function otherMachine(
  side: 'LAN' | 'WAN',
  site: string,
  missing: readonly string[],
): WamptcpError {
  return new WamptcpError(
    'OTHER_MACHINE',
    `no ${side} interface of site ${site} exists here (${missing.join(', ')})`,
    {
      advice:
        'Nothing was changed. Is this the file of another machine? `ip -brief link` lists the interfaces. ' +
        '`wamptcp run -c FILE` waits for interfaces that come later.',
    },
  );
}

export function noSuchWan({ site, wans }: SiteConfig, name: string): WamptcpError {
  return new WamptcpError(BAD_INPUT, `site ${site} has no WAN ${name}`, {
    advice: `It has ${wans.map((wan) => wan.name).join(', ')}.`,
  });
}

export function onlyWay(name: string, last: readonly LastWay[]): WamptcpError {
  return new WamptcpError(BAD_INPUT, `${name} is not drained: ${lastWaysText(last)}`, {
    advice:
      'Restore or mend another WAN first. With --force it is drained all the same; that traffic then ' +
      `stays on ${name}.`,
  });
}

export function unfinishedApply(): WamptcpError {
  return new WamptcpError('UNFINISHED', 'the apply was killed before it was finished', {
    advice: 'There is nothing whole to confirm. Run `wamptcp rollback`, then apply again.',
  });
}

export function isBusy(error: unknown): boolean {
  return error instanceof WamptcpError && error.code === 'BUSY';
}

/** As a change that could not be made, for who passes it over. */
export function inTheWay({ resource, reason }: Conflict): Failed {
  return { change: { action: 'add', resource, reason }, error: conflictOf(reason) };
}
