import type { Review } from '../model/review.ts';
import type { Finding } from '../policy/check.ts';

/** What tells a finding apart from others of its policy over time. */
export function keyOf(finding: Finding): string {
  return finding.key ?? `${finding.problem} ${JSON.stringify(finding.data)}`;
}

/**
 * Which findings stood before the change. A check may know by itself; for the others the same question is
 * put to the object and the world as they were, and a finding with the same key is the same fault.
 */
export function standingFindings(
  review: Review,
  findings: readonly Finding[],
  ask: (review: Review) => readonly Finding[],
): ReadonlySet<Finding> {
  const standing = new Set(findings.filter((finding) => finding.standing === true));
  const open = findings.filter((finding) => finding.standing === undefined);
  if (open.length === 0 || review.previous === undefined || review.before === undefined) return standing;
  const past: Review = {
    ...review,
    object: review.previous,
    previous: undefined,
    cluster: review.before,
    before: undefined,
  };
  const keys = new Set(ask(past).map(keyOf));
  for (const finding of open) if (keys.has(keyOf(finding))) standing.add(finding);
  return standing;
}
