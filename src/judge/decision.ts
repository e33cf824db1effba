import type { JsonObject, Path } from '../model/json.ts';
import type { Manifest } from '../model/manifest.ts';
import type { PatchOperation } from '../model/patch.ts';
import type { Effect } from '../policy/check.ts';

/** What became of one finding. `error`: the check itself broke. */
export type Outcome = 'fail' | 'unknown' | 'waived' | 'error';

/** A finding in words, with what it does to the request. */
export interface Judgement {
  readonly policy: string;
  readonly problem: string;
  readonly outcome: Outcome;
  readonly effect: Effect;
  /** Whether the fault stood before the change: such a fault is never more than a warning on it. */
  readonly standing: boolean;
  readonly field: Path;
  /** The whole sentence: what, then because. */
  readonly message: string;
  /** The same in one line of about 120 characters, for warnings. */
  readonly brief: string;
  /** An imperative sentence, true for this object. */
  readonly remedy: string;
  /** The patch on the object that cures it, where one can. */
  readonly patch: readonly PatchOperation[] | undefined;
  /** Whole manifests that cure it from beside the object, which then passes unchanged. */
  readonly companion?: readonly JsonObject[] | undefined;
  /** Why it does not count, where it is waived. */
  readonly waiver: string | undefined;
  /** Whether it was found with a look at the cluster; otherwise the object shows it by itself. */
  readonly fromPicture: boolean;
}

/** One policy on one review. */
export interface Verdict {
  readonly policy: string;
  readonly outcome: Outcome | 'pass' | 'not-applicable';
  /** Why a policy does not apply. */
  readonly why?: string;
  readonly judgements: readonly Judgement[];
  /** Whether the check looked at the cluster, and not at the object alone. */
  readonly readPicture: boolean;
  /** What was thrown, where the check broke. For the log; never for the user. */
  readonly cause?: unknown;
}

/** All verdicts together. */
export interface Decision {
  readonly object: Manifest;
  /** The strongest effect of any judgement: what the request meets. */
  readonly effect: 'allow' | 'record' | 'warn' | 'fix' | 'deny';
  readonly verdicts: readonly Verdict[];
  /** Every judgement of every verdict, strongest first, in a stable order. */
  readonly judgements: readonly Judgement[];
  /** The operations of all judgements whose effect is `fix`, in order: what `/mutate` answers. */
  readonly patch: readonly PatchOperation[];
}
