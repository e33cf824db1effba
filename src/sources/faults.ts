/** Input that cannot be used (settings, policies, options): each fault is a sentence for the person who wrote it. */
export class Faults extends Error {
  readonly faults: readonly string[];
  constructor(faults: readonly string[]) {
    super(faults.join('\n'));
    this.faults = faults;
  }
}
