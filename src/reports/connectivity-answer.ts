import { explain } from '../network/explain.ts';
import type { NetworkPolicy } from '../network/policy.ts';
import type { Answer, Attempt } from '../network/question.ts';
import type { Side } from '../network/side.ts';

const ALLOWED = { yes: true, no: false, unknown: 'unknown' } as const;
const VERB = { yes: 'allowed', no: 'denied', unknown: 'unknown' } as const;

/** A policy that has a say, and which of its rules where it is one of them. */
interface PolicyJson {
  readonly namespace: string;
  readonly name: string;
  readonly rule?: string;
}

/** The answer as JSON: `{"allowed": true|false|"unknown", "because": [...]}`, a reason for each side. */
export function answerJson({ allowed, because }: Answer): string {
  const reasons = because.map((attempt) => ({
    side: attempt.side.direction,
    of: attempt.of,
    peer: attempt.peer,
    port: attempt.port,
    protocol: attempt.protocol,
    allowed: ALLOWED[attempt.side.allowed],
    reason: sentence(attempt),
    policies: policiesOf(attempt.side),
  }));
  return `${JSON.stringify({ allowed: ALLOWED[allowed], because: reasons }, null, 2)}\n`;
}

/** The answer for a terminal: the verdict, then a line for each side. */
export function answerText({ allowed, mixed, because }: Answer, asked: string): string {
  const verdict = mixed ? 'unknown, it depends on the pod' : VERB[allowed];
  const lines = because.map(
    (attempt) =>
      `  ${attempt.side.direction} of ${attempt.of} on ${attempt.protocol} ${attempt.port}: ${VERB[attempt.side.allowed]}, ${sentence(attempt)}`,
  );
  return `${[`${asked}: ${verdict}`, ...new Set(lines)].join('\n')}\n`;
}

function sentence({ side, of, peer }: Attempt): string {
  return explain(side, { pod: of, peer });
}

function policiesOf({ because, direction, isolatedBy, maybeIsolatedBy }: Side): readonly PolicyJson[] {
  const named = ({ namespace, name }: NetworkPolicy): PolicyJson => ({ namespace, name });
  const rules =
    because.reason === 'admitted' ? [because.by] : because.reason === 'unknown' ? because.maybe : [];
  if (because.reason === 'exempt' || because.reason === 'not-isolated') return [];
  if (rules.length > 0)
    return rules.map(({ policy, rule }) => ({ ...named(policy), rule: `spec.${direction}[${rule}]` }));
  return [...isolatedBy, ...maybeIsolatedBy].map(named);
}
