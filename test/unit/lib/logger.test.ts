import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { WamptcpError } from '../../../src/lib/errors.ts';
import { createLogger } from '../../../src/lib/logger.ts';
import type { Logger, LoggerOptions } from '../../../src/lib/logger.ts';

function logged(write: (logger: Logger) => void, options: LoggerOptions = {}): string[] {
  const lines: string[] = [];
  write(createLogger({ ...options, destination: { write: (line) => void lines.push(line) } }));
  return lines;
}

function only(lines: string[]): Record<string, unknown> {
  assert.equal(lines.length, 1);
  return JSON.parse(lines[0]!) as Record<string, unknown>;
}

describe('createLogger', () => {
  test('writes one JSON object per line, with level, time and process', () => {
    const line = only(logged((log) => log.info({ wan: 'dsl' }, 'repaired')));
    assert.deepEqual(
      { ...line, time: null },
      { level: 'info', time: null, pid: process.pid, wan: 'dsl', msg: 'repaired' },
    );
    assert.match(String(line['time']), /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  });

  test('keeps to its level', () => {
    assert.deepEqual(
      logged((log) => log.debug('x')),
      [],
    );
    assert.equal(logged((log) => log.debug('x'), { level: 'debug' }).length, 1);
  });

  test('hides secrets at each of four levels and in children', () => {
    for (const field of ['token', 'secret', 'password']) {
      let nested: Record<string, unknown> = { [field]: 'hunter2' };
      for (let level = 1; level <= 4; level++) {
        const [line] = logged((log) => log.info(nested, 'x'));
        assert.doesNotMatch(line!, /hunter2/, `${field} on level ${level}`);
        assert.match(line!, /\[redacted\]/);
        nested = { inner: nested };
      }
      const [line] = logged((log) => log.child({ [field]: 'hunter2' }).info('x'));
      assert.doesNotMatch(line!, /hunter2/);
    }
  });

  test('shows the code and the advice of an error', () => {
    const error = new WamptcpError('NO_SUCH_WAN', 'No WAN lte.', { advice: 'See status.' });
    const line = only(logged((log) => log.error({ err: error }, 'failed')));
    const shown = line['err'] as Record<string, unknown>;
    assert.equal(shown['code'], 'NO_SUCH_WAN');
    assert.equal(shown['advice'], 'See status.');
  });

  test('goes to stderr, complete even when the process dies at once', () => {
    const logger = new URL('../../../src/lib/logger.ts', import.meta.url).href;
    const program = `
      import { createLogger } from '${logger}';
      createLogger().fatal('last words');
      process.kill(process.pid, 'SIGKILL');`;
    const child = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
      encoding: 'utf8',
    });
    assert.equal(child.signal, 'SIGKILL');
    assert.equal(child.stdout, '');
    assert.match(child.stderr, /last words/);
  });
});
