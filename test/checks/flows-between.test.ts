import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { parseAllDocuments } from 'yaml';
import { flowsClosedBetween } from '../../src/checks/reach/flows-between.ts';
import type { MustReachParams } from '../../src/checks/reach/required-flow.ts';
import { Picture } from '../../src/model/cluster.ts';
import { manifestOf } from '../../src/model/manifest.ts';
import { readCatalogue } from '../../src/sources/policies.ts';

// Which required flows one picture closes that another leaves open.

const POLICY = 'control-plane-reachable';
const { params } = readCatalogue().policies.find(({ id }) => id === POLICY)!;

function example(file: string, keep: (object: any) => boolean = () => true): Picture {
  const text = readFileSync(join(import.meta.dirname, '../../policies', POLICY, file), 'utf8');
  const objects = parseAllDocuments(text).map((document) => document.toJS() as unknown);
  return Picture.of(objects.filter(keep).map((object) => manifestOf(object, { from: 'request' })));
}

const closed = (before: Picture, after: Picture): unknown[] =>
  flowsClosedBetween(before, after, params as unknown as MustReachParams).map(({ data }) => data['flow']);

const open = example('bad.yaml', ({ kind }) => kind !== 'NetworkPolicy');
const shut = example('bad.yaml');
const bare = example('bad.yaml', ({ kind }) => kind === 'Namespace' || kind === 'NetworkPolicy');

t.ok(
  ['F2', 'F3', 'F4'].every((flow) => closed(open, shut).includes(flow)),
  'a policy comes and closes them',
);
t.notOk(closed(open, shut).includes('F1'), 'but not the one that it admits');
t.strictSame(closed(shut, open), [], 'opening closes nothing');
t.strictSame(closed(shut, shut), [], 'what was closed before is not closed now');
t.strictSame(closed(bare, shut), closed(open, shut), 'Seldon comes to where it is closed already');
t.strictSame(closed(shut, bare), [], 'without Seldon nothing is required');
