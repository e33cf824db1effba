import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import t from 'tap';
import { stringify } from 'yaml';
import { at, listAt, stringAt, stringsAt } from '../../src/model/json.ts';
import { run, temporaryFolder } from '../commands/guard-process.ts';
import { noHelm, render } from './helm.ts';

// Prometheus' own promtool reads the chart's alerts and the queries of its dashboard, and fires the alerts when they should.

t.setTimeout(180_000);

const PROMTOOL = (process.env['PATH'] ?? '')
  .split(delimiter)
  .map((folder) => join(folder, 'promtool'))
  .find((file) => existsSync(file));
const noPromtool = PROMTOOL === undefined && 'no promtool on the PATH';

void t.test('alerts and dashboard', { skip: noHelm || noPromtool }, async (t) => {
  const objects = await render({ alerts: { enabled: true }, dashboard: { enabled: true } });
  const folder = temporaryFolder(t);
  const alerts = objects.find(({ kind }) => kind === 'PrometheusRule');
  folder.write('rules.yaml', stringify(at(alerts, 'spec')));
  const [dashboard = ''] = objects
    .flatMap(({ data }) => Object.values(stringsAt(data)))
    .filter((text) => text.includes('"panels"'));
  const queries = listAt(JSON.parse(dashboard), 'panels')
    .flatMap((panel) => listAt(panel, 'targets'))
    .map((target, i) => ({ record: `query:${i}`, expr: stringAt(target, 'expr') ?? '' }));
  folder.write('queries.yaml', stringify({ groups: [{ name: 'dashboard', rules: queries }] }));
  folder.write('tests.yaml', readFileSync(join(import.meta.dirname, 'alerts.yaml'), 'utf8'));
  const promtool = (...args: string[]) => run(PROMTOOL ?? '', args);

  const read = await promtool('check', 'rules', folder.path('rules.yaml'), folder.path('queries.yaml'));
  t.equal(read.code, 0, read.stderr);
  t.match(read.stdout, `SUCCESS: ${queries.length} rules found`);
  const fired = await promtool('test', 'rules', folder.path('tests.yaml'));
  t.equal(fired.code, 0, fired.stdout + fired.stderr);
});
