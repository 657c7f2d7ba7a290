/** A full or read-only disk is named, with what was not written. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { WamptcpError } from '../../../src/lib/errors.ts';
import { blamingDisk, explainWrite, mountOf } from '../../../src/system/disk.ts';

const MOUNTS = [
  '22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw',
  '23 22 0:5 / /run rw,nosuid shared:2 - tmpfs tmpfs rw,size=100k',
  '24 23 0:6 / /run/wamptcp rw - tmpfs tmpfs rw',
  '25 22 0:7 / /media/My\\040Disk rw - vfat /dev/sdb rw',
].join('\n');

const failed = (code: string): Error => Object.assign(new Error(`${code}: no`), { code });

describe('the mount of a path', () => {
  test('is the longest that holds it, the last of several at one place', () => {
    const at = (path: string) => mountOf(MOUNTS, path);
    assert.deepEqual(at('/run/wamptcp/net-1/state.json'), { point: '/run/wamptcp', type: 'tmpfs' });
    assert.deepEqual(at('/run/other'), { point: '/run', type: 'tmpfs' });
    assert.deepEqual(at('/runner'), { point: '/', type: 'ext4' });
    assert.deepEqual(at('/media/My Disk/x'), { point: '/media/My Disk', type: 'vfat' });
    const twice = `${MOUNTS}\n26 22 0:8 / /run rw - ramfs none rw`;
    assert.equal(mountOf(twice, '/run/x')?.type, 'ramfs');
    assert.equal(mountOf('', '/run'), undefined);
  });
});

describe('a write that fails', () => {
  const CASES: readonly (readonly [string, string, RegExp, RegExp])[] = [
    ['ENOSPC', 'DISK_FULL', /^the disk .* is full: \/proc\/x was not written$/, /Make room/],
    ['EDQUOT', 'DISK_FULL', /^the quota on the disk .* is used up: \/proc\/x/, /quota/],
    ['EROFS', 'DISK_READ_ONLY', /^the disk .* is read-only: \/proc\/x/, /remount,rw/],
  ];
  for (const [code, expected, message, advice] of CASES) {
    test(`with ${code} names the disk, the file, and the cure`, () => {
      const error = explainWrite(failed(code), '/proc/x');
      assert.ok(error instanceof WamptcpError);
      assert.equal(error.code, expected);
      assert.match(error.message, message);
      assert.match(error.advice, advice);
    });
  }

  test('for another reason stays what it is', () => {
    const error = failed('EACCES');
    assert.equal(explainWrite(error, '/x'), error);
  });

  test('where there is room is not blamed on the disk', async () => {
    const error = new Error('its own fault');
    const work = () => Promise.reject(error);
    await assert.rejects(blamingDisk('BIRD could not be started', ['/tmp'], work), error);
  });
});
