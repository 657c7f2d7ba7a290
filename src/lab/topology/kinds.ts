/** Values that only a topology file has: line times, attachments, file names. */
import { fault, quoted, textKind, wholeNumber, words } from '../../config/kind.ts';
import { NAME } from '../../config/values.ts';
import { ok } from '../../lib/result.ts';
import { parseDuration } from '../../net/duration.ts';
import type { Milliseconds } from '../../net/duration.ts';
import type { AttachmentName } from './topology.ts';

/** The delay line holds packets for at most this long; nothing on Earth is farther away. */
const LONGEST_MS = 10_000;

export const LINE_TIME = textKind<Milliseconds>({
  what: 'a duration',
  example: '20ms',
  readText(text) {
    const parsed = parseDuration(text);
    if (parsed === undefined) {
      return fault(
        `${quoted(text)} is not a duration`,
        'write a number and one of us, ms, s: `20ms`',
      );
    }
    if (parsed > LONGEST_MS) return fault(`${quoted(text)} is too long`, 'use 0ms to 10s');
    return ok(parsed);
  },
});

export const ATTACHMENT = textKind<AttachmentName>({
  what: 'a WAN of a site',
  example: 'branch.fibre',
  readText(text) {
    const [site, wan, ...rest] = text.split('.');
    const good = (name: string | undefined): name is string =>
      name !== undefined && NAME.read(name, name).ok;
    if (good(site) && good(wan) && rest.length === 0) return ok({ site, wan });
    return fault(
      `${quoted(text)} is not a WAN of a site`,
      'write the site, a dot and the name of the WAN in its site file: `branch.fibre`',
    );
  },
});

export const FILE_NAME = textKind<string>({
  what: 'the name of a file',
  example: 'branch.yaml',
  readText: (text) =>
    text.trim() === ''
      ? fault('an empty name', 'write the path of a site file, such as `branch.yaml`')
      : ok(text),
});

export const MTU = wholeNumber(576, 65_535, 1500);
/** A LAN of a lab is one bridge, which has 1023 ports. */
export const COUNT = wholeNumber(1, 1000, 10);
export const QUEUE = words('priority', 'fifo');
export const PROFILE = words('default', 'off');
export const CLIENT = words('static', 'dhclient', 'udhcpc', 'dhcpcd', 'networkd', 'networkmanager');
export const FAMILY = words('ipv4', 'ipv6', 'both');
export const MIDDLEBOX = words('firewall', 'nat', 'nat-one-address');
export const ENDPOINTS = words('subflow', 'fullmesh', 'signal', 'off');
