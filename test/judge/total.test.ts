import fc from 'fast-check';
import t from 'tap';
import { judge } from '../../src/judge/judge.ts';
import { KINDS } from '../../src/model/kinds.ts';
import { readCatalogue } from '../../src/sources/policies.ts';
import { bench } from '../policy/made.ts';
import { CASES, review, SEED, shown } from './arbitrary.ts';

// The judge answers whatever it is asked: a webhook that throws refuses or admits by accident. And no check of the catalogue
// breaks, whatever stands where it reads.

t.setTimeout(300_000);

const real = bench(
  readCatalogue({ 'namespace-not-public': { resolvers: ['192.0.2.1'], searchDomains: ['corp.example'] } }),
  { onError: 'deny' },
);
const met = new Map<string, number>();
const count = (what: string): void => void met.set(what, (met.get(what) ?? 0) + 1);

void t.test(`judging never throws, and no check breaks: ${CASES} questions, seed ${SEED}`, async (t) => {
  fc.assert(
    fc.property(review, (asked) => {
      const decision = judge(asked, real);
      count(asked.operation);
      if (asked.object.known !== undefined) count(asked.object.known);
      for (const { policy, outcome, judgements, cause } of decision.verdicts) {
        count(outcome);
        if (judgements.length > 0) count(policy);
        if (outcome === 'error')
          throw new Error(
            `${policy} breaks: ${cause instanceof Error ? String(cause.stack) : String(cause)}\n${shown(asked)}`,
          );
      }
      if (asked.operation === 'DELETE' && ['deny', 'fix'].includes(decision.effect))
        throw new Error(`a deletion meets ${decision.effect}\n${shown(asked)}`);
      for (const { outcome, effect, message, brief, remedy } of decision.judgements) {
        if (outcome === 'unknown' && effect === 'deny') throw new Error(`denied on a guess: ${message}`);
        if (message === '' || brief === '' || remedy === '') throw new Error(`no words\n${shown(asked)}`);
      }
    }),
    { seed: SEED, numRuns: CASES, endOnFailure: true },
  );
  t.comment(JSON.stringify(Object.fromEntries(met)));
  for (const operation of ['CREATE', 'UPDATE', 'DELETE', 'NONE'])
    t.ok((met.get(operation) ?? 0) > CASES / 10, `${operation} is asked`);
  for (const kind of Object.keys(KINDS)) t.ok(met.has(kind), `${kind} is asked about`);
  for (const outcome of ['pass', 'fail', 'unknown', 'not-applicable', 'waived'])
    t.ok(met.has(outcome), `${met.get(outcome) ?? 0} verdicts are ${outcome}`);
  for (const { id } of real.catalogue.policies) t.ok(met.has(id), `${id} finds something`);
});

void t.test('the same question has the same answer', async (t) => {
  fc.assert(
    fc.property(review, (asked) => {
      const [first, second] = [judge(asked, real), judge(asked, real)];
      if (JSON.stringify(first) !== JSON.stringify(second)) throw new Error(shown(asked));
    }),
    { seed: SEED + 1, numRuns: Math.ceil(CASES / 5) },
  );
  t.pass(`seed ${SEED + 1}`);
});
