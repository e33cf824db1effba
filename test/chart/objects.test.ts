import { setTimeout as wait } from 'node:timers/promises';
import t from 'tap';
import { parse } from 'yaml';
import { listAt, stringAt } from '../../src/model/json.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { selfMade } from '../../src/sources/certificate.ts';
import { noApiServer, startApiServer } from '../api-server.ts';
import type { TestApiServer } from '../api-server.ts';
import { EVERYTHING_ADDED, combinations } from './combinations.ts';
import { installForeignKinds } from './foreign-kinds.ts';
import { RELEASE, noHelm, renderAll } from './helm.ts';

// With every combination of the values that switch something, a real API server takes every object of the chart, field by
// field (fieldValidation=Strict), and nobody's is there twice.

t.setTimeout(600_000);

const AT_ONCE = 150;

void t.test('every object, whatever the values', { skip: noHelm || noApiServer }, async (t) => {
  const { ca } = await selfMade(['localhost']);
  const all = [EVERYTHING_ADDED, ...combinations(ca)];
  const once = new Set<string>();
  let doubles = 0;
  for (let i = 0; i < all.length; i += AT_ONCE)
    for (const texts of await renderAll(all.slice(i, i + AT_ONCE))) {
      const names = texts.map((text) =>
        /^kind: .*\nmetadata:[^]*?\n  name: .*$/m.exec(text)?.[0].replace(/\nmetadata:[^]*\n/, ' '),
      );
      doubles += names.length - new Set(names).size;
      for (const text of texts) once.add(text);
    }
  t.equal(doubles, 0, 'no object is there twice');
  const server = await startApiServer();
  t.teardown(() => server.stop());
  await server.ask('POST', '/api/v1/namespaces', { metadata: { name: RELEASE.namespace } });
  await installForeignKinds(server);
  const plurals = await resources(server);
  t.comment(`${once.size} objects out of ${all.length} combinations`);
  for (const text of once) {
    const object = parse(text) as JsonObject;
    const [kind = '', apiVersion = ''] = ['kind', 'apiVersion'].map((key) => stringAt(object, key));
    const path = pathOf(object, apiVersion, plurals.get(`${apiVersion}/${kind}`));
    await t.resolves(
      server.ask('POST', `${path}?dryRun=All&fieldValidation=Strict`, object),
      `${kind} ${stringAt(object, 'metadata', 'name') ?? ''}`,
    );
  }
  await t.rejects(
    server.ask('POST', `/api/v1/namespaces/default/secrets?dryRun=All&fieldValidation=Strict`, {
      metadata: { name: 'x', lable: {} },
    }),
    { message: /unknown field \\"metadata.lable\\"/ },
    'a field that nobody knows is refused',
  );
});

/** The plural of each kind that the server serves, by apiVersion/kind; all those of other groups are waited for. */
async function resources(server: TestApiServer): Promise<Map<string, string>> {
  const versions = [
    'v1',
    'apps/v1',
    'policy/v1',
    'networking.k8s.io/v1',
    'rbac.authorization.k8s.io/v1',
    'coordination.k8s.io/v1',
    'admissionregistration.k8s.io/v1',
    'cert-manager.io/v1',
    'monitoring.coreos.com/v1',
  ];
  const found = new Map<string, string>();
  for (const version of versions) {
    const path = version === 'v1' ? '/api/v1' : `/apis/${version}`;
    for (const giveUp = Date.now() + 30_000; ; await wait(100)) {
      const answer = await server.ask('GET', path).catch((error: unknown) => {
        if (Date.now() > giveUp) throw error;
      });
      const list = listAt(answer, 'resources').filter((one) => !stringAt(one, 'name')?.includes('/'));
      // Two kinds of each of the foreign groups.
      if (list.length < 2 && Date.now() < giveUp) continue;
      for (const one of list)
        found.set(`${version}/${stringAt(one, 'kind') ?? ''}`, stringAt(one, 'name') ?? '');
      break;
    }
  }
  return found;
}

function pathOf(object: JsonObject, apiVersion: string, plural: string | undefined): string {
  const root = apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`;
  const namespace = stringAt(object, 'metadata', 'namespace');
  return `${root}${namespace === undefined ? '' : `/namespaces/${namespace}`}/${plural ?? 'unknown'}`;
}
