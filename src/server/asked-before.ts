import type { AdmissionRequest } from './admission-request.ts';
import type { Admitted } from './admit.ts';
import type { Question } from './question.ts';

/** Characters of questions that are kept, all together, and of the longest one. */
const ROOM = 4 * 1024 * 1024;
const LONGEST = 128 * 1024;

/** A request that was read, and what became of it. */
export interface Answered {
  readonly asked: AdmissionRequest;
  readonly admitted: Admitted;
}

/**
 * The answers to what was asked lately. Judging is pure, so the same question on the same grounds has the same answer, and
 * clusters do ask again: Flux and Argo CD send every object they manage through a dry run every few minutes, and some
 * controllers write what is there already. Only the very same text is the same question.
 */
export class AskedBefore {
  #grounds: readonly unknown[] = [];
  #answers = new Map<string, Answered>();
  #characters = 0;

  /** The answer to a question that was asked before on these grounds, for the request that asks it now. */
  recall({ text, uid }: Question, grounds: readonly unknown[]): Answered | undefined {
    if (!same(grounds, this.#grounds)) this.#forget(grounds);
    const answered = this.#answers.get(text);
    return answered && { ...answered, asked: { ...answered.asked, uid } };
  }

  /** Keeps an answer given on these grounds, unless they have changed or it holds for this one request only. */
  keep({ text, uid }: Question, grounds: readonly unknown[], answered: Answered): void {
    if (!answered.admitted.lasting || answered.asked.uid !== uid) return;
    if (text.length > LONGEST || !same(grounds, this.#grounds) || this.#answers.has(text)) return;
    this.#answers.set(text, answered);
    this.#characters += text.length;
    for (const oldest of this.#answers.keys()) {
      if (this.#characters <= ROOM) break;
      this.#answers.delete(oldest);
      this.#characters -= oldest.length;
    }
  }

  #forget(grounds: readonly unknown[]): void {
    this.#grounds = grounds;
    this.#answers = new Map();
    this.#characters = 0;
  }
}

function same(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((one, i) => one === b[i]);
}
