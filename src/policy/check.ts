import type { JsonObject, Path } from '../model/json.ts';
import type { Kind } from '../model/kinds.ts';
import type { ObjectName } from '../model/object-name.ts';
import type { PatchOperation } from '../model/patch.ts';
import type { Review } from '../model/review.ts';
import type { InCel } from './in-cel.ts';

/** What happens to a request: refused, patched, admitted with a warning, or only written down. */
export type Effect = 'deny' | 'fix' | 'warn' | 'record';

/** The values for a message's placeholders. Never a Secret's value, never a whole object. */
export type Data = Readonly<Record<string, string | number>>;

/** What a check says: a problem and where it stands. Not a sentence, not a severity, not a decision. */
export interface Finding {
  /** One of the check's problems. */
  readonly problem: string;
  /** The field of the judged object that it is about; the nearest one that exists or should. */
  readonly field: Path;
  readonly data: Data;
  /** Tells findings apart over time: the same key before and after a change is the same fault. Default: problem and data. */
  readonly key?: string;
  /** Said by the check itself where it knows better than a comparison of keys: the fault stood before the change. */
  readonly standing?: boolean;
  /** The strongest effect this one may have (a flow that only carries usage metrics). */
  readonly effect?: Effect;
  /** The check could not tell: the problem's words name what was missing. */
  readonly unknown?: true;
  /** The patch on the judged object that cures it. */
  readonly fix?: readonly PatchOperation[];
  /** Whole manifests that cure it from beside the judged object, which then passes unchanged. */
  readonly companion?: readonly JsonObject[];
}

/** What became of one waiver of the judged object. */
export interface WaiverUse {
  /** The annotation that holds it. */
  readonly annotation: string;
  readonly policy: string;
  readonly state: 'used' | 'idle' | 'expired' | 'no-reason' | 'unknown-policy' | 'malformed';
  /** What is wrong with it, in the writer's own words (a date, a key). */
  readonly detail: string;
}

/**
 * Parameterised code that judges one object. It sees the whole cluster but must only report problems of the
 * object under review. It never waits, never logs, and does not know which door the review came through.
 */
export interface Check<Params = JsonObject> {
  readonly name: string;
  /** The kinds it reads from the cluster; reading another one throws. */
  readonly needs: readonly Kind[];
  /** Of ConfigMaps, those that it asks for by name: of a running cluster no others are read. Getting another one throws. */
  readonly configMaps?: (params: Params) => readonly ObjectName[];
  /** JSON Schema (2020-12) of the parameters, closed. */
  readonly params: JsonObject;
  /** Its problems, each with the names of the values that its words may use. */
  readonly problems: Readonly<Record<string, readonly string[]>>;
  /** Set where it is there for policies of users: none of those that come with the guard need use it. */
  readonly forUsers?: true;
  /** What is wrong with parameters that the schema accepts, one sentence each, naming the field. */
  readonly faults?: (params: Params) => readonly string[];
  readonly evaluate: (review: Review, params: Params, waivers: readonly WaiverUse[]) => Iterable<Finding>;
  /**
   * What it says without a look at other objects, where CEL can say the very same: one for each of its problems of which it
   * can. `policies` are the ids of all policies.
   */
  readonly inCel?: (params: Params, policies: readonly string[]) => readonly InCel[];
  /** Does beforehand, once, what takes long: a server calls it before anybody waits for an answer. */
  readonly prepare?: () => void;
  /** Set where it is judged after all others and told what became of the object's waivers. */
  readonly last?: true;
  /** Names (absolute, with the final dot) that resolvers should be asked for before `evaluate`, if the check is about names. */
  readonly observes?: (review: Review, params: Params) => readonly string[];
}
