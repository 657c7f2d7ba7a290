/** Where events go. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { EventJournal, readEvents } from '../../../src/daemon/event-journal.ts';
import { createLogger } from '../../../src/lib/logger.ts';
import type { Event } from '../../../src/observe/event.ts';

const EVENT: Event = { at: 1, kind: 'applied', text: '3 changes made' };

test('an event is kept and told to whoever listens', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'wamptcp-journal-'));
  t.after(() => {
    rmSync(directory, { recursive: true });
  });
  const journal = new EventJournal(join(directory, 'events'), createLogger({ level: 'silent' }));
  const heard: Event[] = [];
  const end = journal.listen((event) => heard.push(event));
  journal.add(EVENT);
  end();
  journal.add(EVENT);
  assert.deepEqual(heard, [EVENT]);
  assert.deepEqual(await readEvents(join(directory, 'events')), [EVENT, EVENT]);
});

test('an event that cannot be kept, on a full disk, is told all the same', () => {
  const journal = new EventJournal('/dev/full', createLogger({ level: 'silent' }));
  const heard: Event[] = [];
  journal.listen((event) => heard.push(event));
  journal.add(EVENT);
  assert.deepEqual(heard, [EVENT]);
});
