/** How mechanisms are called and drawn, the same everywhere. */
import { mechanism } from '../lab/mechanism/mechanisms.ts';
import type { MechanismName } from '../lab/mechanism/mechanism.ts';

export function titleOf(name: MechanismName): string {
  return mechanism(name).title;
}

/** Within a sentence that lists several. */
export function titleInList(name: MechanismName): string {
  return titleOf(name)
    .replace(/^(.*), hashed$/, 'hashed $1')
    .replace(', ', ' with ');
}

/** After Okabe and Ito, told apart by most who see fewer colours; a family has shades of one. */
export const COLOURS: Readonly<Record<MechanismName, string>> = {
  'plain-tcp': '#999999',
  'plain-mptcp': '#666666',
  'ecmp-tcp': '#b8b8b8',
  'ecmp-mptcp': '#444444',
  handoff: '#e69f00',
  'handoff-ping': '#b07800',
  proxy: '#56b4e9',
  'proxy-fr': '#2a7fb8',
  'proxy-dante': '#9ad0f0',
  tunnel: '#cc79a7',
  'tunnel-openvpn': '#8f4a73',
  wamptcp: '#d55e00',
  'wamptcp-fr': '#009e73',
  'wamptcp-fr-profile': '#0057b8',
};
