import fc from 'fast-check';
import t from 'tap';
import { naive } from './naive.ts';
import { ask, CASES, endOf, flow, SEED, TIMEOUT, world } from './world.ts';

t.setTimeout(TIMEOUT);

void t.test('reach agrees with a naive reading of the specification', (t) => {
  const count = { yes: 0, no: 0, unknown: 0 };
  const reasons = new Map<string, number>();
  fc.assert(
    fc.property(world, fc.array(flow, { minLength: 4, maxLength: 4 }), (w, flows) => {
      for (const f of flows) {
        const expected = naive(w, endOf(w, f.from), endOf(w, f.to), f.port, f.protocol) ? 'yes' : 'no';
        const { allowed, ingress, egress } = ask(w, f);
        count[allowed]++;
        for (const { because } of [ingress, egress]) {
          const key = because.reason === 'exempt' ? because.exemption : because.reason;
          reasons.set(key, (reasons.get(key) ?? 0) + 1);
        }
        if (allowed !== expected) throw new Error(`${JSON.stringify(f)}: ${allowed}, not ${expected}`);
      }
    }),
    { seed: SEED, numRuns: CASES },
  );
  t.comment(`${JSON.stringify(count)} ${JSON.stringify([...reasons])}`);
  // A generator that only makes easy questions proves nothing.
  t.ok(count.yes > CASES / 2 && count.no > CASES / 2, 'both answers are common');
  t.equal(count.unknown, 0, 'nothing is unknown where everything is known');
  for (const reason of [
    'outside',
    'finished',
    'same-pod',
    'host-network',
    'own-node',
    'admitted',
    'isolated',
  ])
    t.ok((reasons.get(reason) ?? 0) > CASES / 200, `${reason} occurs`);
  t.end();
});
