/**
 * A directory that looks like a checkout of this project, for typing documented lines in.
 *
 * Always holds: all in it are links to the real files, but for the topologies of the examples, whose
 * labs have a name of this test's; `sudo`, `npx` and `make` are ours: the first two run what they
 * are given, `make` only shows what it would do, since its targets are the tests and benchmarks
 * themselves.
 */
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { ROOT } from '../../support/documents.ts';

export class Checkout {
  readonly directory: string;
  /** Of the labs made from its examples. */
  readonly lab: string;
  readonly #programs: string;

  constructor(lab: string) {
    this.lab = lab;
    const top = mkdtempSync(join(tmpdir(), 'wamptcp-documents-'));
    this.directory = join(top, 'checkout');
    this.#programs = join(top, 'programs');
    this.#linkFiles();
    this.#renameLabs();
    this.#writePrograms();
  }

  /** As a user's shell has it: nothing of the test runner or of the make that started it. */
  get environment(): NodeJS.ProcessEnv {
    const ours = ['NODE_TEST_CONTEXT', 'MAKEFLAGS', 'MAKELEVEL'];
    return {
      ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !ours.includes(name))),
      PATH: `${this.#programs}:${process.env['PATH'] ?? ''}`,
      // Others may have a lab here at the same time.
      WAMPTCP_LAB: this.lab,
    };
  }

  remove(): void {
    rmSync(join(this.directory, '..'), { recursive: true });
  }

  #linkFiles(): void {
    mkdirSync(this.directory);
    for (const name of readdirSync(ROOT)) {
      if (name === 'examples' || name.startsWith('.git')) continue;
      symlinkSync(join(ROOT, name), join(this.directory, name));
    }
  }

  #renameLabs(): void {
    cpSync(join(ROOT, 'examples'), join(this.directory, 'examples'), { recursive: true });
    const topologies = join(this.directory, 'examples/lab');
    for (const name of readdirSync(topologies).filter((each) => each.endsWith('.yaml'))) {
      const file = join(topologies, name);
      const text = readFileSync(file, 'utf8');
      writeFileSync(file, text.replace(/^lab: .*/m, `lab: ${this.lab}`));
    }
  }

  #writePrograms(): void {
    mkdirSync(this.#programs);
    symlinkSync(join(ROOT, 'bin/wamptcp'), join(this.#programs, 'wamptcp'));
    const path = process.env['PATH'] ?? '';
    for (const [name, script] of [
      ['sudo', 'exec "$@"'],
      ['npx', '[ "$1" = wamptcp ] || { echo "npx $1?" >&2; exit 127; }\nexec "$@"'],
      ['make', `PATH='${path}' exec make -n -C '${ROOT}' "$@"`],
    ] as const) {
      writeFileSync(join(this.#programs, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    }
  }
}
