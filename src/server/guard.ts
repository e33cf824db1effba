import type { Decision } from '../judge/decision.ts';
import type { Picture } from '../model/cluster.ts';
import type { Kind } from '../model/kinds.ts';
import type { Operation, Review } from '../model/review.ts';
import type { Answer, Webhook } from '../reports/answer.ts';

/** What the webhook asks of the rest of the house. It knows nothing of how any of it is made. */
export interface Guard {
  /** The decision as far as the webhook can act on it: `/mutate` only asks what can patch. */
  decide(review: Review, webhook: Webhook): Decision;
  answer(decision: Decision, webhook: Webhook): Answer;
  /** Whether any policy that the webhook asks is about the kind and operation; where none is, nothing else here is called. */
  concerns(kind: Kind | undefined, operation: Operation, webhook: Webhook): boolean;
  /** Gathers what must be waited for (DNS), within a bound of its own; resolves at once for almost every review. */
  observe(review: Review): Promise<Review>;
  /** What its answers rest on besides the request: as long as these are the same ones, so is the answer to a question. */
  grounds(): readonly unknown[];
  picture(): PictureNow;
  /** Keeps one decision. Called after the reply, never for a dry run. */
  record(entry: Entry): void;
}

/** What is known of the cluster at this moment. */
export interface PictureNow {
  readonly cluster: Picture;
  /** Whether everything that can be read has been read. */
  readonly ready: boolean;
  /** The moment (milliseconds since 1970) up to which it is known to be right. */
  readonly asOf: number;
}

/** One decision for the record: who asked for what, by identifiers only, and how it went. */
export interface Entry {
  readonly request: {
    readonly uid: string;
    readonly user: string;
    readonly operation: Operation;
    /** The kind as the API server names it, known to the guard or not. */
    readonly kind: string;
    readonly namespace: string;
    readonly name: string;
  };
  readonly webhook: Webhook;
  /** It holds the judged object: whoever writes it down takes the verdicts only. */
  readonly decision: Decision;
  readonly allowed: boolean;
  /** From the request's headers to the end of the reply. */
  readonly milliseconds: number;
  readonly patchBytes: number;
  readonly pictureAgeSeconds: number;
  /** A dry run leaves no entry. */
  readonly dryRun: false;
}

/** Where the server writes what an operator must know; a pino logger is one. */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
