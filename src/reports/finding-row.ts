import type { Decision, Judgement, Outcome } from '../judge/decision.ts';
import { companionOf } from '../judge/companion.ts';
import type { JsonObject } from '../model/json.ts';
import type { Place } from '../model/manifest.ts';
import { fieldPath } from '../model/path.ts';
import type { PatchOperation } from '../model/patch.ts';
import type { Effect } from '../policy/check.ts';

/** A judgement as programs read it: the contract of `scan --format json`. */
export interface FindingRow {
  readonly policy: string;
  readonly problem: string;
  readonly effect: Effect;
  readonly verdict: Outcome;
  readonly resource: {
    readonly apiVersion: string;
    readonly kind: string;
    readonly namespace: string;
    readonly name: string;
  };
  /** The field's path as Kubernetes writes it; empty where the whole object is meant. */
  readonly field: string;
  readonly message: string;
  readonly remedy: string;
  /** JSON Patch on the resource, where one cures it. */
  readonly patch?: readonly PatchOperation[];
  /** The manifest (one policy, or a List of several) that cures the resource from beside it, for all its findings together. */
  readonly companion?: JsonObject;
  /** Why it does not count, where it is waived. */
  readonly waiver?: string;
  /** Where it stands, for resources from files. */
  readonly source?: Place;
}

/** A judgement of a decision as a row. */
export function findingRow({ object, judgements }: Decision, judgement: Judgement): FindingRow {
  const { apiVersion, kind, namespace, name, origin } = object;
  const companion =
    judgement.companion === undefined || judgement.waiver !== undefined
      ? undefined
      : companionOf(judgements.filter(({ waiver }) => waiver === undefined));
  return {
    policy: judgement.policy,
    problem: judgement.problem,
    effect: judgement.effect,
    verdict: judgement.outcome,
    resource: { apiVersion, kind, namespace, name },
    field: fieldPath(judgement.field),
    message: judgement.message,
    remedy: judgement.remedy,
    ...(judgement.patch === undefined ? {} : { patch: judgement.patch }),
    ...(companion === undefined ? {} : { companion }),
    ...(judgement.waiver === undefined ? {} : { waiver: judgement.waiver }),
    ...(origin.from === 'file' ? { source: origin.placeOf(judgement.field) } : {}),
  };
}
