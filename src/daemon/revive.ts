/** Programs of ours that have ended are started again, by whichever watch they belong to. */

export interface Mortal {
  /** It should run and does not. */
  readonly hasEnded: () => Promise<boolean>;
  readonly start: () => Promise<void>;
  /** Nobody else changes this machine until it is done. */
  readonly exclusively: (work: () => Promise<void>) => Promise<void>;
}

/** Whether it had to be started. A command beside us may have ended it on purpose, so this is asked twice. */
export async function revive({ hasEnded, start, exclusively }: Mortal): Promise<boolean> {
  if (!(await hasEnded())) return false;
  let started = false;
  await exclusively(async () => {
    if (!(await hasEnded())) return;
    await start();
    started = true;
  });
  return started;
}
