/**
 * Thrown by a check that cannot judge a review for a reason that a person can do something about. `because` goes on the
 * sentence "could not judge ..., because"; it never holds a value of the object.
 */
export class CannotJudge extends Error {
  readonly because: string;
  /** Set where something could not be seen: the verdict is unknown then, and no error. */
  readonly unseen: boolean;
  /** Set where there is more of something than the check goes through: the verdict is unknown then, too. */
  readonly tooMuch: boolean;

  constructor(
    because: string,
    { unseen = false, tooMuch = false, cause }: { unseen?: boolean; tooMuch?: boolean; cause?: unknown } = {},
  ) {
    super(because, { cause });
    this.because = because;
    this.unseen = unseen;
    this.tooMuch = tooMuch;
  }
}
