/** Runs the house rules over the repository; prints each breach on a line; exit code 1 when there is one. */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkArrows } from './check-arrows.ts';
import { checkBins } from './check-bins.ts';
import { checkChangesets } from './check-changesets.ts';
import { checkManifests } from './check-manifests.ts';
import { checkMetrics } from './check-metrics.ts';
import { checkUnits } from './check-units.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
const checks = {
  arrows: checkArrows,
  manifests: checkManifests,
  bins: checkBins,
  units: checkUnits,
  metrics: checkMetrics,
  changesets: checkChangesets,
};

let breaches = 0;
for (const [name, check] of Object.entries(checks)) {
  const faults = check(root);
  for (const fault of faults) console.error(`${name}: ${fault}`);
  console.error(`${name}: ${faults.length === 0 ? 'clean' : `${faults.length} breaches`}`);
  breaches += faults.length;
}
process.exitCode = breaches === 0 ? 0 : 1;
