import type { Cluster } from '../../model/cluster.ts';
import { at, objectAt } from '../../model/json.ts';
import type { Json, JsonObject, Path } from '../../model/json.ts';
import { nameOf, withObject } from '../../model/manifest.ts';
import type { Manifest } from '../../model/manifest.ts';
import type { PatchOperation } from '../../model/patch.ts';
import { processesOf } from '../../model/process.ts';
import type { Process } from '../../model/process.ts';
import { isServerPod } from '../../model/server-pod.ts';
import { podTemplatesOf } from '../../model/workload.ts';
import type { PodTemplate } from '../../model/workload.ts';
import { CannotJudge } from '../../policy/cannot-judge.ts';
import type { Data, Effect, Finding } from '../../policy/check.ts';
import { ownContainer, stepped } from './container-patch.ts';

/** What would put a fault right, if the judged object has a place for it. */
export interface Cure {
  /** The middle of a sentence: what to set, and to what. */
  readonly words: string;
  readonly patch: (object: JsonObject, template: PodTemplate) => PatchOperation[] | undefined;
}

/** A fault of a pod, before it is told which object carries it. */
export interface Fault {
  readonly problem: string;
  /** The same key is the same fault, in the configuration below and before a change. */
  readonly key: string;
  readonly data: Data;
  /** The container that it is about; undefined where it is the pod as a whole. */
  readonly process?: Process;
  /** Where in the container or else the pod spec, as the judged object writes it. */
  readonly within?: (container: Json | undefined) => Path | undefined;
  /** From the best to the last resort. */
  readonly cures?: readonly Cure[];
  readonly effect?: Effect;
  readonly unknown?: true;
}

/** The faults of one sort of pod, as a manifest makes it. */
export type FaultsOf = (template: PodTemplate, manifest: Manifest) => Iterable<Fault>;

/** More than a person reads. An object that has so many is at fault; what is left is found once these are cured. */
const MOST_FAULTS = 50;
/** What the containers of larger pods say of one another is not worked out; no node would start one. */
export const MOST_CONTAINERS = 40;
/** Each is tried out on the object, which costs as much as judging it. The others are told without a patch. */
const MOST_CURED = 8;

/**
 * What to say of a manifest whose pods have faults: of Server pods, or of others that are meant. A fault that the
 * configuration below has by itself stood before; `origin` names the object that carries it, `place` the one in which
 * `cure` is to be done. Throws CannotJudge where a pod has more than MOST_CONTAINERS.
 */
export function* podFindings(
  manifest: Manifest,
  cluster: Cluster,
  faultsOf: FaultsOf,
  isMeant: (template: PodTemplate) => boolean = isServerPod,
): Iterable<Finding> {
  for (const [index, template] of podTemplatesOf(manifest, cluster).entries()) {
    if (!isMeant(template)) continue;
    const size = processesOf(template.spec).length;
    if (size > MOST_CONTAINERS)
      throw new CannotJudge(
        `its pods have ${size} containers, more than the ${MOST_CONTAINERS} that are judged`,
        {
          tooMuch: true,
        },
      );
    const faults = some(faultsOf(template, manifest));
    if (faults.length === 0) continue;
    const below = new Set(faultsBelow(template, faultsOf).map(({ key }) => key));
    const { fix, done } = curing(manifest, template, faults, faultsOf, (changed) =>
      podTemplatesOf(changed, cluster).at(index),
    );
    for (const fault of faults) {
      const standing = below.has(fault.key) && template.base !== undefined;
      const origin = nameOf(standing ? (template.base?.manifest ?? manifest) : manifest);
      const cure = done.get(fault.key) ?? fault.cures?.[0];
      yield {
        problem: fault.problem,
        field: fieldOf(fault, manifest.object, template),
        data: {
          origin,
          place: done.has(fault.key) ? nameOf(manifest) : origin,
          ...(cure === undefined ? {} : { cure: cure.words }),
          ...fault.data,
        },
        key: fault.key,
        ...(standing ? { standing } : {}),
        ...(fault.effect === undefined ? {} : { effect: fault.effect }),
        ...(fault.unknown === undefined ? {} : { unknown: fault.unknown }),
        ...(done.has(fault.key) ? { fix } : {}),
      };
    }
  }
}

/** The first of those with different keys. What is unknown does not count: it must not hide what is certain. */
function some(faults: Iterable<Fault>): readonly Fault[] {
  const found = new Map<string, Fault>();
  let certain = 0;
  for (const fault of faults) {
    if (found.has(fault.key)) continue;
    found.set(fault.key, fault);
    if (fault.unknown !== true) certain += 1;
    if (certain === MOST_FAULTS) break;
  }
  return [...found.values()];
}

/** The faults that the configuration has without what is laid over it. */
function faultsBelow({ base, ...template }: PodTemplate, faultsOf: FaultsOf): readonly Fault[] {
  if (base === undefined) return [];
  const { manifest, path } = base;
  const spec = objectAt(manifest.object, ...path);
  return some(faultsOf({ ...template, path, spec, missing: undefined, base: undefined }, manifest));
}

/**
 * One patch for all faults that can be cured in the object, and the cure of each. A cure counts when it was tried: the
 * fault is gone, and no other grave one has come. Of several the one that cures most is
 * taken, and then the first.
 */
function curing(
  manifest: Manifest,
  template: PodTemplate,
  faults: readonly Fault[],
  faultsOf: FaultsOf,
  templateOf: (changed: Manifest) => PodTemplate | undefined,
): { fix: readonly PatchOperation[]; done: ReadonlyMap<string, Cure> } {
  const fix: PatchOperation[] = [];
  const done = new Map<string, Cure>();
  let [now, here, left] = [manifest, template, faults];
  for (const { key } of faults.filter(({ cures }) => cures !== undefined).slice(0, MOST_CURED)) {
    const tried = (left.find((fault) => fault.key === key)?.cures ?? []).flatMap((cure) => {
      const operations = cure.patch(now.object, here);
      if (operations === undefined || operations.length === 0) return [];
      const changed = withObject(now, stepped(now.object, operations));
      const made = templateOf(changed);
      if (made === undefined) return [];
      const after = some(faultsOf(made, changed));
      const isWorse = after.some(
        (fault) => fault.key === key || (isGrave(fault) && left.every((old) => old.key !== fault.key)),
      );
      return isWorse ? [] : [{ cure, operations, changed, made, after }];
    });
    const [best] = tried.toSorted((a, b) => a.after.length - b.after.length);
    if (best === undefined) continue;
    for (const old of left)
      if (best.after.every((fault) => fault.key !== old.key)) done.set(old.key, best.cure);
    fix.push(...best.operations);
    [now, here, left] = [best.changed, best.made, best.after];
  }
  return { fix, done };
}

/** Whether it is certain, and may have whatever effect the policy has. */
function isGrave({ effect, unknown }: Fault): boolean {
  return effect === undefined && unknown !== true;
}

/** Where the judged object says it; where only the configuration below does, the nearest place that it has. */
function fieldOf({ process, within }: Fault, object: JsonObject, template: PodTemplate): Path {
  const own = process === undefined ? template.path : ownContainer(object, template, process);
  if (own === undefined) return template.path;
  const inside = within?.(at(object, ...own));
  return inside === undefined ? own : [...own, ...inside];
}
