import t from 'tap';
import type { Test } from 'tap';
import { Picture } from '../../src/model/cluster.ts';
import type { Review } from '../../src/model/review.ts';
import { AskedBefore } from '../../src/server/asked-before.ts';
import type { Answered } from '../../src/server/asked-before.ts';
import type { Guard } from '../../src/server/guard.ts';
import { questionIn } from '../../src/server/question.ts';
import { running } from './running.ts';
import { review } from './samples.ts';
import { smallGuard } from './small-guard.ts';

const asking = (uid: string, change: (request: any) => void = () => undefined) =>
  review('create-networkpolicy', (request) => {
    request.uid = uid;
    request.object.metadata.annotations = { 'test/effect': 'deny' };
    change(request);
  });

/** A guard that tells what it was asked to decide, over grounds that the test may change. */
async function start(test: Test, changes: Partial<Guard> = {}) {
  const judged: Review[] = [];
  const grounds: unknown[] = ['a picture', 'a catalogue'];
  const small = smallGuard();
  const guard = smallGuard({
    decide: (asked, webhook) => (judged.push(asked), small.decide(asked, webhook)),
    grounds: () => [...grounds],
    ...changes,
  });
  const server = await running(guard);
  test.teardown(() => server.close());
  return { server, guard, judged, grounds };
}

void t.test('the same question gets the same answer, and its own uid', async (t) => {
  const { server, guard, judged } = await start(t);
  const { json: first } = await server.post('/validate', asking('uid-1'));
  const { json: second } = await server.post('/validate', asking('uid-2'));
  t.equal(judged.length, 1);
  t.equal(first.response.uid, 'uid-1');
  t.equal(second.response.uid, 'uid-2');
  t.strictSame({ ...second.response, uid: '' }, { ...first.response, uid: '' });
  t.equal(second.response.allowed, false);
  t.match(guard.entries, [{ request: { uid: 'uid-1' } }, { request: { uid: 'uid-2' }, allowed: false }]);
  const { text } = await server.probe('/metrics');
  t.match(text, /_count\{webhook="validate",kind="NetworkPolicy",effect="deny"\} 2/);
});

void t.test('another question is asked', async (t) => {
  const { server, judged } = await start(t);
  await server.post('/validate', asking('uid-1'));
  await server.post('/mutate', asking('uid-2'));
  t.equal(judged.length, 2, 'the other webhook');
  await server.post(
    '/validate',
    asking('uid-3', (request) => (request.userInfo.username = 'grace')),
  );
  t.equal(judged.length, 3, 'another user');
  await server.post(
    '/validate',
    asking('uid-4', (request) => (request.object.metadata.uid = 'uid-1')),
  );
  t.equal(judged.length, 4, 'an object with another uid of its own');
});

void t.test('a dry run is remembered as one', async (t) => {
  const { server, guard, judged } = await start(t);
  for (const uid of ['uid-1', 'uid-2'])
    await server.post(
      '/validate',
      asking(uid, (request) => (request.dryRun = true)),
    );
  t.equal(judged.length, 1);
  t.strictSame(guard.entries, [], 'and leaves no trace');
  await server.post('/validate', asking('uid-3'));
  t.equal(judged.length, 2);
  t.equal(guard.entries.length, 1);
});

void t.test('what an answer rested on has changed', async (t) => {
  const { server, judged, grounds } = await start(t);
  await server.post('/validate', asking('uid-1'));
  grounds[0] = 'the next picture';
  await server.post('/validate', asking('uid-2'));
  t.equal(judged.length, 2);
  grounds[0] = 'a picture';
  await server.post('/validate', asking('uid-3'));
  t.equal(judged.length, 3, 'what was forgotten stays forgotten');
});

void t.test('what holds for one request only is not kept', async (t) => {
  const plain = smallGuard();
  for (const [name, changes] of Object.entries({
    'an answer of a resolver': {
      observe: (asked: Review) => Promise.resolve({ ...asked, cluster: Picture.of([]) }),
    },
    'a check that broke': {
      decide: (asked: Review, webhook: 'validate' | 'mutate') => ({
        ...plain.decide(asked, webhook),
        verdicts: [{ policy: 'as-asked', outcome: 'error' as const, judgements: [], readPicture: false }],
      }),
    },
  })) {
    let calls = 0;
    const small = smallGuard(changes);
    const { server } = await start(t, {
      ...changes,
      decide: (asked, webhook) => (calls++, small.decide(asked, webhook)),
    });
    await server.post('/validate', asking('uid-1'));
    await server.post('/validate', asking('uid-2'));
    t.equal(calls, 2, name);
  }
});

void t.test('a body is a question', (t) => {
  const text = JSON.stringify(asking('uid-1'));
  t.equal(questionIn(text)?.uid, 'uid-1');
  t.equal(questionIn(text)?.text, JSON.stringify(asking('')));
  t.equal(questionIn(JSON.stringify(asking('uid-1'), null, 1))?.uid, 'uid-1', 'indented');
  for (const none of [
    undefined,
    {},
    '',
    '{"request":{}}',
    JSON.stringify({ request: { kind: {}, uid: 'x' } }),
  ])
    t.equal(questionIn(none), undefined, JSON.stringify(none));
  t.end();
});

void t.test('memory stays within bounds', (t) => {
  const before = new AskedBefore();
  const answered = { asked: { uid: 'u' }, admitted: { lasting: true } } as unknown as Answered;
  const question = (i: number, length = 100_000) => ({ uid: 'u', text: `${i}`.padEnd(length) });
  before.recall(question(0), []);
  for (let i = 0; i < 100; i++) before.keep(question(i), [], answered);
  const kept = Array.from({ length: 100 }, (_, i) => before.recall(question(i), []) !== undefined);
  t.equal(kept.filter(Boolean).length, 41, 'as many as 4 MiB hold');
  t.equal(kept.indexOf(true), 59, 'the latest ones');
  before.keep(question(1, 200_000), [], answered);
  t.equal(before.recall(question(1, 200_000), []), undefined, 'a long one is not kept');
  t.end();
});
