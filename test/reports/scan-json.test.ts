import t from 'tap';
import { scanJson } from '../../src/reports/scan-report.ts';
import { catalogue, NAMESPACES, read, scanned } from './scanned.ts';

void t.test('the JSON has the keys of the contract, and where each finding stands', async (t) => {
  const result = await scanned(NAMESPACES);
  const json = scanJson(result);
  t.match(json, /^\{\n {2}"findings": \[\n/, 'two spaces deep');
  t.match(json, /\n\}\n$/);
  const { findings, summary, ...rest } = read(json);
  t.strictSame(rest, {});
  const [dev, app, web] = findings;
  const KEYS = ['policy', 'problem', 'effect', 'verdict', 'resource', 'field', 'message', 'remedy'];
  t.strictSame(Object.keys(dev ?? {}), [...KEYS, 'source']);
  t.strictSame(Object.keys(app ?? {}), [...KEYS, 'waiver', 'source'], 'a waived finding says why');
  t.strictSame(Object.keys(web ?? {}), [...KEYS, 'patch', 'source']);
  for (const { resource, source } of findings) {
    t.strictSame(Object.keys(resource as object), ['apiVersion', 'kind', 'namespace', 'name']);
    t.strictSame(Object.keys(source as object), ['file', 'line', 'column']);
  }
  const { message: _message, remedy: _remedy, ...facts } = web ?? {};
  t.match(facts['source'], { file: /all\.yaml$/, line: 22, column: 5 });
  t.strictSame(
    { ...facts, source: undefined },
    {
      policy: 'policy-rules-well-formed',
      problem: 'misplaced-peers',
      effect: 'deny',
      verdict: 'fail',
      resource: {
        apiVersion: 'networking.k8s.io/v1',
        kind: 'NetworkPolicy',
        namespace: 'models',
        name: 'web',
      },
      field: 'spec.ingress[0].to',
      patch: [
        { op: 'remove', path: '/spec/ingress/0/to' },
        { op: 'add', path: '/spec/ingress/0/from', value: [{ podSelector: {} }] },
      ],
      source: undefined,
    },
  );
  t.match(dev, { verdict: 'fail', effect: 'deny', field: 'metadata.name', source: { line: 4 } });
  t.match(app, { verdict: 'waived', effect: 'record', waiver: 'a trial' });
  t.strictSame(summary, {
    resources: 3,
    deny: 2,
    fix: 0,
    warn: 0,
    record: 0,
    unknown: 0,
    error: 0,
    waived: 1,
    unreadable: [],
    skipped: [],
    catalogue: catalogue.digest,
  });
});
