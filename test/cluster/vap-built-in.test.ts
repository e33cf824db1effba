import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import t from 'tap';
import { parseAllDocuments, stringify } from 'yaml';
import { judge } from '../../src/judge/judge.ts';
import { Picture } from '../../src/model/cluster.ts';
import { at, stringAt } from '../../src/model/json.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { KINDS } from '../../src/model/kinds.ts';
import { manifestOf } from '../../src/model/manifest.ts';
import { reviewChange } from '../../src/model/review.ts';
import type { Policy } from '../../src/policy/catalogue.ts';
import { chosen } from '../../src/sources/chosen.ts';
import type { Rules } from '../../src/sources/chosen.ts';
import { policiesIn, readExamples } from '../../src/sources/examples.ts';
import { BUILT_IN } from '../../src/sources/policies.ts';
import { startApiServer } from '../api-server.ts';
import { guard } from '../commands/guard-process.ts';
import { Asker } from './dry-run.ts';
import type { Said } from './dry-run.ts';
import { installOthers, installSeldon, kubectl, noCluster, noSeldon } from './kubectl.ts';
import { DENIED, FAMILIES, HEAVY, HOME } from './vap-variants.ts';

// What `generate vap` prints of the guard's own policies, applied to a real API server: it says of every example and of
// thousands of changes what the guard says of them, word by word, and nothing that the guard does not say.

t.setTimeout(600_000);

const RESOURCES = Object.fromEntries(Object.entries(KINDS).map(([kind, { resource }]) => [resource, kind]));

type Words = Readonly<Record<string, string>>;

const namespaceOf = (name: string): JsonObject => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels: { 'kubernetes.io/metadata.name': name } },
});

void t.test('the API server finds what the guard finds', { skip: noCluster || noSeldon }, async (t) => {
  const folder = t.testdir();
  const file = join(folder, 'settings.yaml');
  // Warnings come one beside the other, where a denial would be alone; with failurePolicy Fail an expression without a value is one.
  const effects = Object.fromEntries(policiesIn(BUILT_IN).map((id) => [id, { effect: 'warn' }]));
  const listed = { effect: 'warn', params: { names: ['listed', 'dev', 'allowed'], allow: ['allowed'] } };
  writeFileSync(
    file,
    stringify({ onError: 'deny', policies: { ...effects, 'namespace-not-public': listed } }),
  );
  const made = await guard(['generate', 'vap', '--settings', file]);
  const exported = namesIn(made.stdout);
  const ids = [...new Set([...exported.keys()].map((name) => name.split('.').at(-1) ?? ''))];
  t.equal(made.stderr, '');
  const rules = onlyOf(chosen(file), ids);

  const cluster = await startApiServer();
  t.teardown(() => cluster.stop());
  const asker = new Asker(cluster);
  t.teardown(() => asker.close());
  await installSeldon(cluster);
  await installOthers(cluster);
  const applied = await kubectl(cluster, ['apply', '-f', '-'], made.stdout);
  t.equal(applied.code, 0, applied.stderr.slice(0, 4000));
  if (applied.code !== 0) return;

  const examples = (await Promise.all(ids.map((id) => readExamples(BUILT_IN, id)))).flat();
  const homes = new Set([HOME, ...examples.map(({ object }) => object.namespace)]);
  for (const home of homes) if (home !== '') await asker.create(namespaceOf(home), false);
  const picture = Picture.of([...homes].map((home) => manifestOf(namespaceOf(home), { from: 'cluster' })));
  // What is there beside the object is no matter to what is exported.
  const crowded = Picture.of(examples.flatMap((example) => example.cluster));
  const found = (
    object: JsonObject,
    before: JsonObject | undefined,
    around = picture,
  ): Map<string, string[]> => {
    const previous = before === undefined ? {} : { previous: manifestOf(before, { from: 'cluster' }) };
    const review = reviewChange(around, {
      operation: before === undefined ? 'CREATE' : 'UPDATE',
      object: manifestOf(object, { from: 'request' }, { namespace: 'default' }),
      user: { name: 'admin', groups: [] },
      ...previous,
    });
    const { judgements } = judge(review, { ...rules, now: Date.now() });
    const kind = stringAt(object, 'kind') ?? '';
    return Map.groupBy(
      judgements.filter(({ outcome, standing }) => outcome === 'fail' && !standing),
      ({ policy, problem }) => nameFor(policy, problem, kind),
    ) as never;
  };
  const nameFor = (policy: string, problem: string, kind: string): string =>
    [`${problem}.${policy}`, policy].find((name) => exported.get(name)?.has(kind)) ?? '';
  const expected = (object: JsonObject, before?: JsonObject, around = picture): Words =>
    Object.fromEntries(
      [...found(object, before, around)].flatMap(([name, judgements]) =>
        name === ''
          ? []
          : [[name, (judgements as unknown as { brief: string }[]).map(({ brief }) => brief).join('; ')]],
      ),
    );

  const canary = FAMILIES[0]!;
  const [first] = canary.states;
  for (let patience = 100; patience > 0; patience--) {
    const { warned } = await asker.create(first!.object);
    if (Object.keys(warned).length > 0) break;
    await wait(200);
  }
  await wait(3000);

  const counts = new Map<string, { spoke: number; kept: number }>();
  let asked = 0;
  let taken = 0;
  const compare = (
    title: string,
    { status, warned, body }: Said,
    object: JsonObject,
    before: JsonObject | undefined,
    isOpen: boolean,
  ): void => {
    asked += 1;
    if (status >= 300) {
      if (process.env['VAP_SHOW'] !== undefined) t.comment(`${title}: ${JSON.stringify(body['message'])}`);
      return;
    }
    taken += 1;
    const want = expected(object, before);
    const kind = stringAt(object, 'kind') ?? '';
    for (const [name, kinds] of exported)
      if (kinds.has(kind)) {
        const count = counts.get(name) ?? { spoke: 0, kept: 0 };
        counts.set(name, count);
        if (name in warned) count.spoke += 1;
        else count.kept += 1;
      }
    if (isOpen) {
      for (const [name, words] of Object.entries(warned))
        if (!isPartOf(words, want[name] ?? '')) t.strictSame(warned, want, title);
    } else if (!same(warned, want)) t.strictSame(warned, want, title);
    const elsewhere = expected(object, before, crowded);
    if (!isOpen && !same(elsewhere, want))
      t.strictSame(elsewhere, want, `${title}, in a cluster full of things`);
    // What the API server fills in changes nothing.
    const full = { ...body, apiVersion: object['apiVersion'], kind: object['kind'] } as JsonObject;
    const again = expected(full, before);
    if (!same(again, want)) t.strictSame(again, want, `${title}, filled in`);
  };

  for (const { title, states } of FAMILIES) {
    const before = taken;
    const [{ object: some } = { object: {} as JsonObject }] = states;
    for (const [i, { object, open }] of states.entries())
      compare(`${title} ${i}`, await asker.create(object), object, undefined, open === true);
    for (const [i, { object: old, open: wasOpen }] of states.entries()) {
      const standing = await asker.create(old, false);
      if (standing.status >= 300) continue;
      for (const [j, { object, open }] of states.entries()) {
        if (!isChosen(i, j, states.length)) continue;
        compare(
          `${title} ${i} -> ${j}`,
          await asker.replace(object, standing.body),
          object,
          { ...standing.body, apiVersion: some['apiVersion'], kind: some['kind'] } as JsonObject,
          open === true || wasOpen === true,
        );
      }
      await asker.remove(old);
    }
    t.ok(taken > before, `${title}: some are taken`);
  }
  for (const [i, object] of HEAVY.entries()) {
    const { status, warned, body } = await asker.create(object);
    const title = `much of everything ${i}`;
    t.ok(status < 300, `${title}: ${JSON.stringify(body['message'] ?? '')}`);
    const [words, want] = [Object.values(warned).join(), expected(object)];
    t.notMatch(words, /resulted in error/, `${title} is not too much`);
    // Of long messages the API server takes the title instead, or a part.
    t.strictSame(
      Object.keys(warned).filter((name) => !(name in want)),
      [],
      `${title} is warned of by the guard as well`,
    );
  }
  for (const { object, previous, policy, name } of examples) {
    const title = `${policy}/${name}`;
    const standing = previous === undefined ? undefined : await asker.create(previous.object, false);
    const said =
      standing === undefined
        ? await asker.create(object.object)
        : await asker.replace(object.object, standing.body);
    compare(title, said, object.object, previous?.object, true);
    if (previous !== undefined) await asker.remove(previous.object);
  }
  t.comment(`${asked} changes, ${asked - taken} of which the API server refuses by itself`);
  for (const [name, { spoke, kept }] of counts) {
    t.comment(`${name}: spoke ${spoke}, kept silent ${kept}`);
    t.ok(spoke > 0, `${name} is broken by something`);
    t.ok(kept > 0, `${name} is kept by something`);
  }

  // The same under other settings: who is refused, and where.
  const chosenOtherwise = {
    policies: {
      'server-host-is-local': { effect: 'warn', namespaces: { [HOME]: 'deny' } },
      'host-network-avoided': { namespaces: { [HOME]: 'off' } },
      'cluster-names-resolve': { effect: 'warn' },
    },
    waivers: [{ policy: 'server-host-is-local', kind: 'Deployment', name: 'excused', reason: 'agreed' }],
  };
  writeFileSync(file, stringify(chosenOtherwise));
  const otherwise = await guard(['generate', 'vap', '--settings', file]);
  await kubectl(cluster, ['delete', 'validatingadmissionpolicybindings', '--all']);
  await wait(3000);
  const standing = {
    good: await asker.create(DENIED.good, false),
    stood: await asker.create(DENIED.stood, false),
  };
  t.equal((await kubectl(cluster, ['apply', '-f', '-'], otherwise.stdout)).code, 0);
  const now = chosen(file);
  const isDenied = (object: JsonObject, before?: JsonObject): boolean => {
    const previous = before === undefined ? {} : { previous: manifestOf(before, { from: 'cluster' }) };
    const operation = before === undefined ? 'CREATE' : 'UPDATE';
    const user = { name: 'admin', groups: [] };
    const subject = manifestOf(object, { from: 'request' });
    const review = reviewChange(picture, { operation, object: subject, user, ...previous });
    return judge(review, { ...now, now: Date.now() }).judgements.some(
      ({ policy, problem, effect }) =>
        effect === 'deny' && nameFor(policy, problem, stringAt(object, 'kind') ?? '') !== '',
    );
  };
  for (let patience = 100; patience > 0; patience--) {
    if ((await asker.create(DENIED.bad)).status >= 300) break;
    await wait(200);
  }
  await wait(3000);
  for (const [title, object] of Object.entries(DENIED)) {
    if (title in standing) continue;
    const { status, body } = await asker.create(object);
    t.equal(status >= 300, isDenied(object), `${title}: ${JSON.stringify(body['message'])}`);
  }
  t.match(
    (await asker.create(DENIED.bad)).body['message'],
    /SELDON_SERVER_HOST of container agent is elsewhere, not the pod itself$/,
  );
  const [good, bad] = [standing.good.body, standing.stood.body];
  const changes: [string, JsonObject, JsonObject, boolean][] = [
    ['what was good breaks', { ...DENIED.bad, metadata: DENIED.good['metadata'] ?? {} }, good, true],
    ['what was bad stays', { ...DENIED.bad, metadata: DENIED.stood['metadata'] ?? {} }, bad, false],
    ['what was bad gets worse', { ...DENIED.worse, metadata: DENIED.stood['metadata'] ?? {} }, bad, true],
  ];
  for (const [title, object, before, denied] of changes) {
    const { status } = await asker.replace(object, before);
    t.equal(status >= 300, denied, title);
    const was = { ...before, apiVersion: object['apiVersion'], kind: object['kind'] } as JsonObject;
    t.equal(isDenied(object, was), denied, `${title}, and so says the guard`);
  }
});

/** The rules without the policies that are not asked about, and the one that is told of all others. */
function onlyOf({ catalogue, settings }: Rules, ids: readonly string[]): Rules {
  const isAsked = ({ id }: Policy): boolean => ids.includes(id);
  const about = new Map([...catalogue.about].map(([kind, policies]) => [kind, policies.filter(isAsked)]));
  return { catalogue: { ...catalogue, about }, settings };
}

/** All pairs of a few states; of many some, and each that comes to the first. All of all where VAP_ALL is set. */
const isChosen = (i: number, j: number, of: number): boolean =>
  process.env['VAP_ALL'] !== undefined ||
  j === 0 ||
  (i * 31 + j * 17) % Math.ceil((of * of) / MOST_PAIRS) === 0;
const MOST_PAIRS = 100;

/** Annotations have no order. */
const same = (one: Words, other: Words): boolean => written(one) === written(other);
const written = (words: Words): string =>
  JSON.stringify(
    Object.entries(words)
      .map(([name, text]) => `${name}: ${text.split('; ').toSorted().join('; ')}`)
      .toSorted(),
  );

/** Whether all of the words are among the others, whatever those say beside. */
const isPartOf = (words: string, whole: string): boolean =>
  words.split('; ').every((part) => whole.split('; ').includes(part));

/** The policies that were printed, without the guard's domain, and the kinds that each is about. */
function namesIn(yaml: string): Map<string, ReadonlySet<string>> {
  const kinds = new Map(Object.entries(RESOURCES));
  return new Map(
    parseAllDocuments(yaml)
      .map((document) => document.toJS() as JsonObject | null)
      .filter((document) => document?.['kind'] === 'ValidatingAdmissionPolicy')
      .map((document) => {
        const rules = at(document, 'spec', 'matchConstraints', 'resourceRules') as { resources: string[] }[];
        return [
          (stringAt(document, 'metadata', 'name') ?? '').replace(/\.seldon-guard\.io$/, ''),
          new Set(rules.flatMap(({ resources }) => resources.map((each) => kinds.get(each) ?? each))),
        ];
      }),
  );
}
