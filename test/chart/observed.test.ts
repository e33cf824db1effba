import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { stringify } from 'yaml';
import { listAt, stringAt, stringsAt } from '../../src/model/json.ts';
import { reviewOf } from '../commands/admission-review.ts';
import { guard, run, temporaryFolder } from '../commands/guard-process.ts';
import { serving } from '../commands/serving.ts';
import { CHART, noHelm, render } from './helm.ts';

// What the chart says of a running guard is true of one: its metrics, its test, and the guard's opinion of the chart.

t.setTimeout(180_000);

const TEST = join(CHART, 'files', 'answers.mjs');

void t.test('what alerts and the dashboard ask for is there', { skip: noHelm }, async (t) => {
  const objects = await render({ alerts: { enabled: true }, dashboard: { enabled: true } });
  const alerts = objects.filter(({ kind }) => kind === 'PrometheusRule');
  const panels = objects.flatMap(({ data }) =>
    Object.values(stringsAt(data)).filter((text) => text.includes('"panels"')),
  );
  t.equal(panels.length, 1);
  const expressions = [
    ...alerts
      .flatMap((one) => listAt(one, 'spec', 'groups', 0, 'rules'))
      .map((rule) => stringAt(rule, 'expr') ?? ''),
    ...listAt(JSON.parse(panels[0] ?? ''), 'panels').flatMap((panel) =>
      listAt(panel, 'targets').map((target) => stringAt(target, 'expr') ?? ''),
    ),
  ];
  t.ok(expressions.length > 15);
  const server = await serving(t, []);
  await server.ask(
    'validate',
    reviewOf({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'museum' } }),
  );
  await server.ask('validate', 'no review');
  const { text } = await server.probe('/metrics');
  for (const expression of expressions) {
    const [metric] = /(?:seldon_guard|process)_\w+/.exec(expression) ?? [];
    if (metric === undefined)
      t.match(expression, 'apiserver_admission_webhook_fail_open_count', "the API server's own");
    else t.match(text, new RegExp(`^${metric}[{ ]`, 'm'), metric);
    const [, by = ''] = /\bby \(([^)]*)\)/.exec(expression) ?? [];
    // What Prometheus adds, and what the API server's own figure has.
    for (const label of by.split(', ').filter((label) => !['', 'pod', 'name'].includes(label)))
      t.match(text, new RegExp(`^${metric}{[^}]*\\b${label}="`, 'm'), `${metric} has the label ${label}`);
  }
});

void t.test(
  'helm test: the guard refuses what is at fault, and shows a certificate that is trusted',
  async (t) => {
    const server = await serving(t, []);
    const env = { GUARD_HOST: '127.0.0.1', GUARD_PORT: String(server.port) };
    const asked = await run(process.execPath, [TEST], { env: { ...env, GUARD_CA: server.ca } });
    t.match(asked.stdout, /^refused a Namespace museum:\nNamespace museum is refused/);
    t.equal(asked.code, 0, asked.stderr);
    const another = await serving(t, []);
    const misled = await run(process.execPath, [TEST], { env: { ...env, GUARD_CA: another.ca } });
    t.equal(misled.code, 1);
    const settings = temporaryFolder(t).write('s.yaml', 'policies: {namespace-not-public: {effect: off}}');
    const silent = await serving(t, ['--settings', settings]);
    const unheard = await run(process.execPath, [TEST], {
      env: { ...env, GUARD_PORT: String(silent.port), GUARD_CA: silent.ca },
    });
    t.match(unheard, { code: 1, stdout: /^nothing is said of a Namespace museum/ });
  },
);

void t.test('the guard has nothing to say against its own chart', { skip: noHelm }, async (t) => {
  const objects = await render({ serviceMonitor: { enabled: true }, validation: { failurePolicy: 'Fail' } });
  const file = temporaryFolder(t).write(
    'chart.yaml',
    objects.map((object) => stringify(object)).join('---\n'),
  );
  const { code, stdout, stderr } = await guard(['scan', file, '--format', 'json']);
  t.equal(code, 0, stderr);
  t.notMatch(stdout, /"effect"/, 'no finding at all');
  t.ok(readFileSync(file, 'utf8').length > 0);
});
