/**
 * Why a change could not be made, in words for the thing that it is about: what the kernel's answer
 * means for it, who has the port or the number that we want, which disk is full.
 *
 * Always holds: looks only, and only after a failure; an answer that is not known keeps the words of
 * the program, and the thing is named.
 */
import type { Change } from '../../apply/change.ts';
import { WamptcpError } from '../../lib/errors.ts';
import { resourceKey } from '../../plan/resource.ts';
import type { Resource, ResourceKind, Vxlan } from '../../plan/resource.ts';
import { diskTrouble } from '../../system/disk.ts';
import type { RunDirectory } from '../../system/run-directory.ts';
import { udpPortHolder, vniHolder } from './port-holder.ts';

export const PROGRAM_NAMES: Partial<Readonly<Record<ResourceKind, string>>> = {
  engine: 'BIRD',
  provisioner: 'dnsmasq',
  proxy: 'HAProxy',
};

/** @param directories that programs write to, beside the one of the run. */
export async function explained(
  change: Change,
  error: unknown,
  directory: Pick<RunDirectory, 'path'>,
  directories: readonly string[] = [],
): Promise<unknown> {
  const { resource } = change;
  const program = PROGRAM_NAMES[resource.kind];
  if (program !== undefined && change.action !== 'remove') {
    const places = [directory.path, ...directories];
    return diskTrouble(`${program} could not be started`, places, error) ?? error;
  }
  if (!(error instanceof WamptcpError) || error.code !== 'COMMAND_FAILED') return error;
  const words = error.words ?? error.message;
  if (resource.kind === 'vxlan' && change.action !== 'remove') {
    const taken = await takenFrom(resource, words, error);
    if (taken !== undefined) return taken;
  }
  return inWords(resource, words, error);
}

/** What a tunnel wants and another one has. */
async function takenFrom(
  tunnel: Vxlan,
  words: string,
  cause: unknown,
): Promise<WamptcpError | undefined> {
  if (/Address already in use/.test(words)) {
    const holder = (await udpPortHolder(tunnel.port)) ?? 'something that `ss -lnup` does not show';
    return new WamptcpError(
      'PORT_TAKEN',
      `UDP port ${tunnel.port}, which the tunnels use, is taken by ${holder}`,
      {
        advice:
          'End that, or write another port as `tunnel.port` into the site files of both ends; ' +
          'firewalls on the way must let it pass.',
        cause,
        words: `UDP port ${tunnel.port} of the tunnels is taken by ${holder}; \`tunnel.port\` chooses another`,
      },
    );
  }
  if (/File exists|VNI already exists/.test(words)) {
    const holder = await vniHolder(tunnel.vni, tunnel.name);
    if (holder === undefined) return undefined;
    return new WamptcpError(
      'VNI_TAKEN',
      `VNI ${tunnel.vni}, which the tunnel ${tunnel.name} uses, is taken by ${holder}`,
      {
        advice: 'Remove that, or write another `vni` of the peer into the site files of both ends.',
        cause,
        words: `VNI ${tunnel.vni} of the tunnel ${tunnel.name} is taken by ${holder}; \`vni\` chooses another`,
      },
    );
  }
  return undefined;
}

interface Meaning {
  readonly text: string;
  readonly advice: string;
}

type Meanings = Readonly<Partial<Record<ResourceKind | 'any', Meaning>>>;

const FORBIDDEN: Meaning = {
  text: 'this process may not do that',
  advice: 'Run it as root, and in a container with CAP_NET_ADMIN.',
};
const NO_DEVICE: Meaning = {
  text: 'its interface is gone',
  advice: 'Look for it with `ip link`; the daemon goes on by itself when it is back.',
};
const IS_DOWN: Meaning = {
  text: 'its interface is down',
  advice: 'Set it up with `ip link set … up`, and see what sets it down.',
};
const UNREACHABLE: Meaning = {
  text: 'its next hop is in no network of the interface',
  advice: 'Compare `nexthop` and `address` of the WAN with `ip address` and `ip route`.',
};
const LACKS: Meaning = {
  text: 'this kernel cannot do that',
  advice: 'It needs Linux 6.1 or newer with that module; `modprobe` and `dmesg` tell more.',
};
const IN_USE: Meaning = {
  text: 'something else is changing it at this moment',
  advice: 'Try again; if it stays so, look who manages that interface.',
};
const NO_MEMORY: Meaning = {
  text: 'the kernel has no memory or no room in its tables for it',
  advice: '`free -m` shows memory; `net.ipv6.route.max_size` and `net.core.*mem*` are limits.',
};

/** The kernel's answers, and what each means for what it is about. */
const ANSWERS: readonly (readonly [RegExp, Meanings])[] = [
  [
    /File exists/,
    {
      address: {
        text: 'the interface has this address already, by somebody else',
        advice: 'Remove it there (`ip address delete …`), or leave it out of the site file.',
      },
      rule: {
        text: 'there is such a rule already, by somebody else',
        advice:
          'Look at `ip rule`, and remove the other one, or choose another `ids.rule-priority`.',
      },
      'mptcp-endpoints': {
        text: 'somebody else has made an MPTCP endpoint of this address or with this number',
        advice: 'Look at `ip mptcp endpoint`, and remove it there.',
      },
      any: { text: 'there is one already, by somebody else', advice: 'Remove the other one.' },
    },
  ],
  [/Cannot find device|No such device|does not exist/, { any: NO_DEVICE }],
  [
    /Cannot assign requested address/,
    {
      any: {
        text: 'the interface does not have the address that it begins at',
        advice: 'Look at `ip address`; IPv6 may be switched off there.',
      },
    },
  ],
  [/Network is down/, { any: IS_DOWN }],
  [/Network is unreachable|No route to host|invalid gateway/, { any: UNREACHABLE }],
  [/Operation not permitted|Permission denied/, { any: FORBIDDEN }],
  [
    /Operation not supported|Protocol not supported|Unknown device type|not supported by protocol/,
    { any: LACKS },
  ],
  [/[Rr]esource busy/, { any: IN_USE }],
  [/No space left|No buffer space|Cannot allocate memory/, { any: NO_MEMORY }],
  [
    /Invalid argument|Numerical result out of range|Argument list too long/,
    {
      any: {
        text: 'the kernel does not take these values',
        advice: '`wamptcp plan --commands` shows them as they are given.',
      },
    },
  ],
];

function inWords(resource: Resource, words: string, error: WamptcpError): WamptcpError {
  const what = resourceKey(resource);
  const meanings = ANSWERS.find(([pattern]) => pattern.test(words))?.[1];
  const meaning = meanings?.[resource.kind] ?? meanings?.any;
  const said = words.replaceAll(/\s*\n\s*/g, '; ').replace(/^(Error: )?RTNETLINK answers: /, '');
  if (meaning === undefined) {
    return new WamptcpError(error.code, `${what}: ${said}`, {
      advice: error.advice,
      cause: error,
      words: said,
    });
  }
  return new WamptcpError(error.code, `${what}: ${meaning.text} (${said})`, {
    advice: meaning.advice,
    cause: error,
    words: meaning.text,
  });
}
