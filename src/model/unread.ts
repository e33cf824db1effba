/** What was not read, and a sentence why; the place is absent where the whole file is meant. */
export interface Unread {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
  readonly message: string;
}
