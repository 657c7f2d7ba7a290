/** All that is checked beyond the shape of a site file. */
import type { Draft } from '../draft.ts';
import type { Reporter } from '../source.ts';
import { adviseLoad } from './advice-load.ts';
import { advisePaths } from './advice-paths.ts';
import { adviseSettings } from './advice-settings.ts';
import { checkAllowed } from './allowed.ts';
import { checkClasses } from './classes.ts';
import { checkDirect } from './direct.ts';
import { checkNames } from './names.ts';
import { checkProvisioning } from './provisioning.ts';
import { checkProxy } from './proxy.ts';
import { checkSubnets } from './subnets.ts';
import { checkTunnels } from './tunnels.ts';
import { checkUnderlay } from './underlay.ts';

export function checkAll(draft: Draft, report: Reporter): void {
  checkNames(draft, report);
  checkUnderlay(draft, report);
  checkSubnets(draft, report);
  checkTunnels(draft, report);
  checkProvisioning(draft, report);
  checkProxy(draft, report);
  checkAllowed(draft, report);
  checkClasses(draft, report);
  checkDirect(draft, report);
  adviseLoad(draft, report);
  adviseSettings(draft, report);
  advisePaths(draft, report);
}
