/**
 * What was decided last, and that it is carried out.
 *
 * Always holds: a decision that could not be carried out counts as none, so that it is taken again.
 */
export class Decided<Decision> {
  readonly #carryOut: (decision: Decision) => Promise<boolean>;
  #last: Decision | undefined;

  /** @param carryOut resolves to whether it could be done */
  constructor(initial: Decision, carryOut: (decision: Decision) => Promise<boolean>) {
    this.#last = initial;
    this.#carryOut = carryOut;
  }

  /** Carried out, or under way. */
  get last(): Decision | undefined {
    return this.#last;
  }

  decide(decision: Decision): void {
    this.#last = decision;
    void this.#carryOut(decision).then((done) => {
      if (!done && this.#last === decision) this.#last = undefined;
    });
  }
}
