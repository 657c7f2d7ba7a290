/** MPTCP endpoints that the kernel made by itself keep none of ours from being made. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { after, test } from 'node:test';

import type { Change } from '../../src/apply/change.ts';
import { KernelDataplane } from '../../src/dataplane/kernel/kernel.ts';
import type { Address } from '../../src/net/address.ts';
import { runDirectory, runDirectoryOf } from '../../src/system/run-directory.ts';
import { enterNamespace, leave } from '../support/namespace.ts';
import { eventually } from './gateway/gateway-under-test.ts';
import { Namespace } from './gateway/namespace.ts';

const PORT = 5000;
const near = await Namespace.create('near');
const far = await Namespace.create('far');

after(async () => {
  rmSync(runDirectoryOf(near.inode).path, { recursive: true, force: true });
  for (const one of [near, far]) {
    await one.endProcesses();
    await one.remove();
  }
});

/** In Node's words, with MPTCP sockets. */
function start({ prefix: [program, ...prefix] }: Namespace, script: string): void {
  spawn(program, [...prefix, 'mptcpize', 'run', process.execPath, '-e', script], {
    stdio: 'ignore',
  });
}

async function endpoints(): Promise<string> {
  return await near.run('ip', '-j', 'mptcp', 'endpoint', 'show');
}

test('an address in use by a subflow gets the endpoint that is wanted', async () => {
  await near.ip(
    `link add e type veth peer name e netns ${far.name}`,
    'link set e up',
    'address add 10.1.0.1/24 dev e',
    'address add 10.1.1.1/24 dev e',
    'mptcp limits set subflow 8 add_addr_accepted 8',
    'mptcp endpoint add 10.1.1.1 id 203 signal subflow',
  );
  await far.ip(
    'link set e up',
    'address add 10.1.0.2/24 dev e',
    'address add 10.1.1.2/24 dev e',
    'mptcp limits set subflow 8 add_addr_accepted 8',
  );
  start(far, `require('net').createServer((s) => s.resume()).listen(${PORT})`);
  start(
    near,
    `const go = () => { const s = require('net').connect(${PORT}, '10.1.0.2');
       s.on('error', () => setTimeout(go, 50)); setInterval(() => s.write('x'), 50); }; go();`,
  );
  await eventually('there is a second subflow', async () =>
    (await near.run('ss', '-Htn', 'state', 'established')).includes('10.1.1.1'),
  );
  await near.ip('mptcp endpoint flush');
  await eventually('the kernel makes an endpoint by itself', async () => {
    await far.ip('mptcp endpoint flush', 'mptcp endpoint add 10.1.1.2 signal');
    return (await endpoints()).includes('10.1.1.1');
  });
  const change: Change = {
    action: 'add',
    resource: {
      kind: 'mptcp-endpoints',
      endpoints: [{ address: '10.1.1.1' as Address, id: 203, flags: ['signal', 'subflow'] }],
    },
    reason: 'it was removed',
  };
  enterNamespace(near.name);
  try {
    assert.deepEqual(await new KernelDataplane(runDirectory()).executeAll([change]), { done: 1 });
  } finally {
    leave();
  }
  assert.deepEqual(JSON.parse(await endpoints()), [
    { address: '10.1.1.1', id: 203, signal: true, subflow: true },
  ]);
});
