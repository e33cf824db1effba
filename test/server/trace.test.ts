import t from 'tap';
import { running } from './running.ts';
import { review } from './samples.ts';
import { smallGuard } from './small-guard.ts';

/** The guard's own figures, without those that move by themselves. */
function figures(text: string): string {
  const lines = text.split('\n').filter((line) => line.startsWith('seldon_guard_'));
  return lines.filter((line) => !line.startsWith('seldon_guard_picture_age_seconds')).join('\n');
}

const asking = (effect: string, dryRun = false) =>
  review('create-networkpolicy', (request) => {
    request.dryRun = dryRun;
    request.object.metadata.annotations = { 'test/effect': effect };
  });

void t.test('a decision leaves a record and figures', async (t) => {
  const guard = smallGuard();
  const server = await running(guard);
  t.teardown(() => server.close());
  await server.post('/mutate', asking('fix'));
  await server.post('/validate', asking('deny'));
  await server.post('/validate', review('create-pod'));
  t.match(guard.entries, [
    {
      request: {
        uid: '11111111-aaaa-4aaa-8aaa-000000000001',
        user: 'ada',
        operation: 'CREATE',
        kind: 'NetworkPolicy',
        namespace: 'a-team',
        name: 'only-friends',
      },
      webhook: 'mutate',
      decision: { effect: 'fix' },
      allowed: true,
      dryRun: false,
    },
    { webhook: 'validate', decision: { effect: 'deny' }, allowed: false, patchBytes: 0 },
    { request: { kind: 'Pod', name: 'web-7d4f8-' }, decision: { effect: 'allow' } },
  ]);
  const [first] = guard.entries;
  t.equal(first?.patchBytes, Buffer.byteLength(JSON.stringify(first?.decision.patch)));
  t.ok(first !== undefined && first.milliseconds > 0 && first.milliseconds < 1000, 'a time that can be');
  t.ok(first !== undefined && first.pictureAgeSeconds >= 2, 'the age of the picture');
  const { text, headers } = await server.probe('/metrics');
  t.match(headers['content-type'], /^text\/plain; version=0\.0\.4/);
  for (const line of [
    'seldon_guard_admission_duration_seconds_count{webhook="mutate",kind="NetworkPolicy",effect="fix"} 1',
    'seldon_guard_admission_duration_seconds_count{webhook="validate",kind="Pod",effect="allow"} 1',
    'seldon_guard_findings_total{policy="as-asked",problem="asked",effect="fix",outcome="fail"} 1',
    'seldon_guard_findings_total{policy="as-asked",problem="asked",effect="deny",outcome="fail"} 1',
    'seldon_guard_errors_total 0',
    'seldon_guard_picture_objects{kind="Namespace"} 1',
    'seldon_guard_picture_objects{kind="Pod"} 0',
    'seldon_guard_asks_for{webhook="mutate",kind="NetworkPolicy",operation="CREATE"} 1',
    'seldon_guard_info{version="0.0.0",catalogue="abc"} 1',
  ])
    t.ok(text.split('\n').includes(line), line);
  t.match(text, /^seldon_guard_picture_age_seconds [2-9](\.\d+)?$/m);
  t.match(text, /^process_cpu_seconds_total /m);
});

void t.test('a finding counts once per write', async (t) => {
  const server = await running(smallGuard());
  t.teardown(() => server.close());
  for (const path of ['/mutate', '/validate']) await server.post(path, asking('warn'));
  t.match((await server.probe('/metrics')).text, /^seldon_guard_findings_total\{.*effect="warn".*\} 1$/m);
});

void t.test('kinds that the guard does not know share one label', async (t) => {
  const server = await running(smallGuard());
  t.teardown(() => server.close());
  for (const kind of ['Secret', 'Widget', 'constructor'])
    await server.post(
      '/validate',
      review('create-pod', (request) => (request.kind.kind = kind)),
    );
  const { text } = await server.probe('/metrics');
  t.match(text, /_count\{webhook="validate",kind="other",effect="allow"\} 3$/m);
  t.notMatch(text, /Widget/);
});

void t.test('a dry run leaves no trace', async (t) => {
  const guard = smallGuard({
    decide: (review, webhook) => {
      if (review.object.name === 'broken') throw new Error('broken');
      return smallGuard().decide(review, webhook);
    },
  });
  const server = await running(guard);
  t.teardown(() => server.close());
  await server.post('/validate', asking('deny'));
  const before = figures((await server.probe('/metrics')).text);
  t.match(before, /effect="deny"/, 'there are figures to be changed');
  for (const path of ['/validate', '/mutate'])
    for (const effect of ['deny', 'warn', 'fix', 'allow']) {
      const { json } = await server.post(path, asking(effect, true));
      t.equal(
        json.response.allowed,
        !(effect === 'deny' && path === '/validate'),
        'it is judged all the same',
      );
    }
  const broken = review('create-pod', (request) => {
    request.object.metadata.name = 'broken';
    request.dryRun = true;
  });
  t.match((await server.post('/validate', broken)).json.response.warnings, [/could not judge/]);
  t.equal(figures((await server.probe('/metrics')).text), before);
  t.equal(guard.entries.length, 1);
});
