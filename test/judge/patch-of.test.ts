import t from 'tap';
import type { Judgement } from '../../src/judge/decision.ts';
import { patchOf } from '../../src/judge/patch-of.ts';
import type { Json, JsonObject } from '../../src/model/json.ts';
import { patched } from '../../src/model/patch.ts';
import type { PatchOperation } from '../../src/model/patch.ts';

// What several findings ask of one object is one patch, and none of them undoes what another one does.

const needing = (...patch: PatchOperation[]): Judgement => ({ patch }) as unknown as Judgement;
const add = (path: string, value: Json): PatchOperation => ({ op: 'add', path, value });
const remove = (path: string): PatchOperation => ({ op: 'remove', path });
const variable = (name: string, value = '1'): JsonObject => ({ name, value });
const agent = (...env: JsonObject[]): JsonObject => ({ name: 'agent', env });

void t.test('one operation that cures several findings is done once, in their order', async (t) => {
  const item = (value: string): PatchOperation => add('/spec/list/-', value);
  const shared = patchOf([
    needing(item('a'), item('b')),
    needing(item('b'), item('c')),
    needing(),
    needing(item('a')),
  ]);
  t.strictSame(shared, [item('a'), item('b'), item('c')]);
  t.strictSame(patchOf([{ patch: undefined } as Judgement]), []);
  t.strictSame(patched({ spec: { list: [] } }, shared), { spec: { list: ['a', 'b', 'c'] } });
  t.strictSame(patchOf([needing(remove('/a'), add('/b', 1)), needing(remove('/a'))]), [
    remove('/a'),
    add('/b', 1),
  ]);
  const twice = needing(item('a'), item('a'));
  t.strictSame(patchOf([twice, twice]), [item('a'), item('a')], 'a patch by itself is left as it is');
});

void t.test('a missing list that two patches add is added once, with the items of both', async (t) => {
  t.strictSame(patchOf([needing(add('/spec/egress', [1, 2])), needing(add('/spec/egress', [2, 3]))]), [
    add('/spec/egress', [1, 2, 3]),
  ]);
  const rules = [needing(add('/spec/egress/-', [1])), needing(add('/spec/egress/-', [2]))];
  t.equal(patchOf(rules).length, 2, 'items of a list are two');
  t.equal(patchOf([needing(add('/spec/a', [1])), needing(add('/spec/b', [1]))]).length, 2);
  t.equal(patchOf([needing(add('/spec/a', 'x')), needing(add('/spec/a', 'x'))]).length, 1);
  t.strictSame(
    patchOf([needing(add('/spec/a', 'x')), needing(add('/spec/a', 'y'))]),
    [add('/spec/a', 'x'), add('/spec/a', 'y')],
    'of two values neither is made up',
  );
});

void t.test(
  'what is missing and more than one puts something into is added once, with all of it',
  async (t) => {
    const spec = (container: JsonObject): PatchOperation => add('/spec/podSpec', { containers: [container] });
    t.strictSame(
      patchOf([
        needing(spec(agent(variable('HTTP')))),
        // This one goes on in what it has added itself.
        needing(spec(agent(variable('HOST'))), add('/spec/podSpec/containers/0/env/-', variable('PORT'))),
        needing(add('/spec/podSpec', { containers: [{ name: 'mlserver' }], dnsPolicy: 'ClusterFirst' })),
      ]),
      [
        add('/spec/podSpec', {
          containers: [agent(variable('HTTP'), variable('HOST'), variable('PORT')), { name: 'mlserver' }],
          dnsPolicy: 'ClusterFirst',
        }),
      ],
    );
    const container = (...env: JsonObject[]): PatchOperation =>
      add('/spec/podSpec/containers/-', agent(...env));
    t.strictSame(
      patchOf([needing(container(variable('HTTP'))), needing(container(variable('HOST')))]),
      [container(variable('HTTP'), variable('HOST'))],
      'a container is there once',
    );
    t.strictSame(
      patchOf([
        needing(container(variable('HTTP'))),
        needing(add('/spec/podSpec/containers/-', { name: 'rclone' })),
      ]).length,
      2,
      'two containers are two',
    );
  },
);

void t.test('no patch is changed on the way, and no field is taken for another', async (t) => {
  const one = needing(add('/a', { x: [1] }));
  const two = needing(
    add('/a', JSON.parse('{"__proto__": {"y": 1}, "x": [2]}') as Json),
    add('/ab', 1),
    add('/a/z', 2),
  );
  const before = structuredClone([one, two]);
  const [first, second] = patchOf([one, two]) as [PatchOperation & { value: JsonObject }, PatchOperation];
  t.strictSame(Object.entries(first.value), [
    ['x', [1, 2]],
    ['__proto__', { y: 1 }],
    ['z', 2],
  ]);
  t.strictSame(second, add('/ab', 1));
  t.strictSame(JSON.stringify([one, two]), JSON.stringify(before));
});

void t.test('what takes items out of lists comes last, and finds those that have moved up', async (t) => {
  const list = (): JsonObject => ({
    to: ['a', 'b', 'c', 'd', 'e'].map((name) => ({ name })),
    env: [1, 2, 3],
  });
  const names = (patch: readonly PatchOperation[]): Json =>
    (patched(list(), patch)['to'] as readonly JsonObject[]).map((each) => each['name'] as Json);
  const rename = (index: number, value: string): PatchOperation => ({
    op: 'replace',
    path: `/to/${String(index)}/name`,
    value,
  });
  t.strictSame(names(patchOf([needing(remove('/to/1')), needing(rename(2, 'C'))])), ['a', 'C', 'd', 'e']);
  t.strictSame(names(patchOf([needing(remove('/to/1')), needing(remove('/to/2'))])), ['a', 'd', 'e']);
  t.strictSame(names(patchOf([needing(remove('/to/0')), needing(remove('/to/1'))])), ['c', 'd', 'e']);
  t.strictSame(names(patchOf([needing(remove('/to/3')), needing(remove('/to/1'))])), ['a', 'c', 'e']);
  const several = [
    needing(remove('/to/3'), remove('/to/1')),
    // In places as they are once its own first operation is done.
    needing(remove('/to/1'), rename(2, 'D'), rename(3, 'E')),
    needing(rename(4, 'E'), remove('/to/0'), remove('/env/1')),
  ];
  for (const order of [several, several.toReversed()]) {
    const patch = patchOf(order);
    t.strictSame(names(patch), ['c', 'E'], 'what is changed in one that is taken out is left out');
    t.strictSame(patched(list(), patch)['env'], [1, 3]);
  }
  t.strictSame(
    patched({ '10': [1, 2], '2': 1 }, patchOf([needing(remove('/10/0')), needing(remove('/2'))])),
    {
      '10': [2],
    },
  );
});
