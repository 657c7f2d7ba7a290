/** Opens connections and keeps them: `node hold.ts HOST PORT COUNT`. Says `open` when all are there. */
import { once } from 'node:events';
import { connect } from 'node:net';

const [host = '', port, count] = process.argv.slice(2);

for (let opened = 0; opened < Number(count); opened++) {
  await once(connect({ host, port: Number(port) }), 'connect');
}
process.stdout.write('open\n');
