/**
 * The classes of two gateways that are peers: each sends by its own, so a class that only one of them
 * has, or has otherwise, is one for one direction only.
 *
 * Always holds: warnings, since a direction may be meant to go its own way; the order of WANs is not
 * compared, for each site has names of its own for them.
 */
import { quoted } from '../kind.ts';
import { matchText } from '../rules/classes.ts';
import { placeIn, there } from './placed-site.ts';
import type { PlacedSite } from './placed-site.ts';

export function compareClasses(earlier: PlacedSite, later: PlacedSite): void {
  reportMissing(earlier, later);
  reportMissing(later, earlier);
  for (const one of later.draft.classes.items) {
    const name = there(one.name);
    const twin = earlier.draft.classes.items.find((other) => other.name?.value === name.value);
    if (twin === undefined) continue;
    const [here, far] = [one, twin].map(({ matches }) => matches.items.map(matchText).sort());
    if (JSON.stringify(here) === JSON.stringify(far)) continue;
    later.report.warn(
      name.span,
      `the class ${quoted(name.value)} does not match the same packets as in ${placeIn(earlier, twin.span)}`,
      'write the same `match` in both files, or the two directions of a flow are of different classes',
    );
  }
}

/** Classes of `from` that `to` lacks, told where they stand. */
function reportMissing(from: PlacedSite, to: PlacedSite): void {
  const known = new Set(to.site.classes.map((one) => one.name));
  for (const { name } of from.draft.classes.items) {
    if (name === undefined || known.has(name.value)) continue;
    from.report.warn(
      name.span,
      `${to.file} has no class ${quoted(name.value)}, so it is one for what this site sends only`,
      'write it there as well, with the WANs there that it prefers or avoids',
    );
  }
}
