/** Own experiment e: what is compared, and what is left out. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { lossRemarks } from '../../../src/evaluate/experiments/own-e-remarks.ts';
import type { AtLoss, LossyFigures } from '../../../src/evaluate/experiments/own-e-remarks.ts';

function had(mbps: number, late: number, alarms = 0): LossyFigures {
  return { mbps, late, alarms };
}

const AT: AtLoss = {
  loss: 0.1,
  ...{ tcp: had(36, 7), handoff: had(44, 30), proxy: had(113, 15), wamptcp: had(121, 200) },
  ...{ profile: had(125, 20), drained: had(86, 12) },
};

test('draining is weighed, timers are told apart from Fast Recovery, and chance is shown', () => {
  const [, drained, timers, chance] = lossRemarks([AT], 'one run each');
  assert.match(drained ?? '', /at 0\.1 % of loss −31 % of the download, and 12\.0 for 20\.0 ms/);
  assert.match(
    drained ?? '',
    /never faster without the line\. The late messages always came sooner/,
  );
  assert.match(
    timers ?? '',
    /WaMPTCP 200 ms, MPTCP Proxy 15 ms, .* 20 ms\. BFD called no path down/,
  );
  assert.match(chance ?? '', /36\.0 and 44\.0 Mb\/s, 7\.0 and 30\.0 ms/);
});

test('what is not measured is left out, and alarms end the comparison', () => {
  const nothing = had(NaN, NaN, NaN);
  assert.equal(lossRemarks([{ ...AT, drained: nothing, tcp: nothing }], '').length, 2);
  const alarmed = lossRemarks([{ ...AT, profile: had(125, 20, 1), handoff: had(44, 30, 2) }], '');
  assert.equal(alarmed.length, 3);
  assert.doesNotMatch(alarmed.join(' '), /called no path down/);
});
