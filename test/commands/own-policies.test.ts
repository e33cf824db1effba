import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import t from 'tap';
import { stringify } from 'yaml';
import { chosen } from '../../src/sources/chosen.ts';
import { Faults } from '../../src/sources/faults.ts';
import { reviewOf } from './admission-review.ts';
import { guard } from './guard-process.ts';
import { ownPolicy, writePolicies } from './own-policies.ts';
import { linesOf, serving } from './serving.ts';

t.setTimeout(120_000);

const NAMED = {
  validations: [{ expression: "object.metadata.name.startsWith('a-')", message: 'is not ours' }],
};
const CONFIG = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'web', namespace: 'shop' } };

/** What is wrong with a folder of policies, its own path left out. */
function faultsOf(folder: string, settings?: string): readonly string[] {
  try {
    chosen(settings, [folder]);
  } catch (error) {
    if (error instanceof Faults) return error.faults.map((fault) => fault.replaceAll(folder, ''));
    throw error;
  }
  return [];
}

void t.test('what is half-written is refused, with folder and field', async (t) => {
  const folder = t.testdir();
  let count = 0;
  const refused = (policies: Parameters<typeof writePolicies>[1], settings?: string): readonly string[] => {
    const own = join(folder, String(count++));
    mkdirSync(own);
    return faultsOf(writePolicies(own, policies), settings);
  };
  const one = (params: object, changes?: object): readonly string[] =>
    refused({ mine: ownPolicy(params, changes) });
  t.strictSame(one(NAMED), []);
  t.strictSame(one({ validations: [{ expression: 'foo' }] }), [
    '/mine/policy.yaml: policy mine, params: validations.0.expression: names foo, which is not there',
  ]);
  t.strictSame(one({ validations: [{ expresion: 'true' }] }), [
    '/mine/policy.yaml: policy mine, params: validations.0: expression is missing',
    '/mine/policy.yaml: policy mine, params: validations.0: unknown field expresion',
  ]);
  t.match(one(NAMED, { appliesTo: { Ingres: ['CREATE'] } }), [
    /^\/mine\/policy\.yaml: appliesTo: the guard does not read Ingres; it reads Namespace, /,
  ]);
  t.strictSame(one(NAMED, { check: 'cell' }), ['/mine/policy.yaml: policy mine: there is no check cell']);
  t.strictSame(one(NAMED, { problems: { violated: { message: '{who}', brief: 'a', remedy: 'b' } } }), [
    '/mine/policy.yaml: policy mine, problem violated: nobody fills {who}',
  ]);
  t.strictSame(refused({ 'waivers-hold': ownPolicy(NAMED) }), [
    '/waivers-hold/policy.yaml: there is a policy waivers-hold already',
  ]);
  t.strictSame(refused({ mine: { 'policy.yaml': 'title: [' } }).length, 1);
  t.strictSame(refused({ mine: { 'policy.yaml': '' } }), [
    '/mine/policy.yaml: the document: expected object',
  ]);
  t.strictSame(refused({ Mine: ownPolicy(NAMED) }), [
    '/Mine/policy.yaml: id Mine: expected lower-case letters, digits and hyphens, 63 at most',
  ]);
  mkdirSync(join(folder, 'empty', 'mine'), { recursive: true });
  t.strictSame(faultsOf(join(folder, 'empty')), ['/mine/policy.yaml: cannot be read (ENOENT)']);
  t.strictSame(faultsOf(join(folder, 'empty', 'mine')), [': holds no folder with a policy']);
  t.strictSame(faultsOf(join(folder, 'none')), [': cannot be read (ENOENT)']);
  const settings = join(folder, 'settings.yaml');
  writeFileSync(settings, stringify({ policies: { mine: { params: { validations: [] } } } }));
  t.strictSame(refused({ mine: ownPolicy(NAMED) }, settings), [
    `${settings}: policy mine, params: validations: must NOT have fewer than 1 items`,
  ]);
});

void t.test('a folder is read as a mounted ConfigMap has it, and a policy by itself', async (t) => {
  const folder = t.testdir({ real: {}, mounted: { '..2026': {} } });
  const real = writePolicies(join(folder, 'real'), { mine: ownPolicy(NAMED) });
  const mounted = join(folder, 'mounted');
  writePolicies(join(mounted, '..2026'), { mine: ownPolicy(NAMED) });
  symlinkSync('..2026', join(mounted, '..data'));
  symlinkSync('..data/mine', join(mounted, 'mine'));
  const digest = chosen(undefined, [real]).catalogue.digest;
  t.not(digest, chosen(undefined).catalogue.digest);
  t.equal(chosen(undefined, [mounted]).catalogue.digest, digest);
  t.equal(chosen(undefined, [join(real, 'mine')]).catalogue.digest, digest);
});

void t.test('the policy in the README is one', async (t) => {
  const readme = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8');
  const [, id = '', yaml = ''] =
    /```yaml\n# our-policies\/(\S+)\/policy\.yaml\n([^]*?)```/.exec(readme) ?? [];
  const folder = writePolicies(t.testdir(), { [id]: { 'policy.yaml': yaml } });
  const file = join(folder, 'service.yaml');
  const metadata = { name: 'web', namespace: 'shop' };
  writeFileSync(file, stringify({ apiVersion: 'v1', kind: 'Service', metadata, spec: {} }));
  const { code, stdout } = await guard(['scan', '--policies', folder, file]);
  t.equal(code, 0, 'it warns');
  t.match(stdout, /warning services-have-an-owner: .*\n {2}Service web has no label owner\.\n/);
});

void t.test('scan judges by the policies of folders', async (t) => {
  const more = writePolicies(t.testdir(), { mine: ownPolicy(NAMED) });
  const file = join(more, 'manifest.yaml');
  writeFileSync(file, stringify(CONFIG));
  const { code, stdout } = await guard(['scan', '--policies', more, file]);
  t.equal(code, 1);
  t.match(stdout, /error mine: ConfigMap shop\/web\n {2}is not ours\n {2}Remedy: Put it right\.\n/);
  t.match(await guard(['scan', '--policies', more, '--policies', more, file]), {
    code: 2,
    stderr: /mine\/policy\.yaml: there is a policy mine already\n$/,
  });
});

void t.test('serve goes by what a folder holds now, and by the last that could be used', async (t) => {
  const folder = writePolicies(t.testdir(), { mine: ownPolicy(NAMED) });
  const server = await serving(t, ['--policies', folder]);
  const denial = async (): Promise<string | undefined> => {
    const { response } = await server.ask('validate', reviewOf(CONFIG));
    return (response as { status?: { message?: string } }).status?.message;
  };
  const until = async (told: RegExp): Promise<void> => {
    while (!told.test((await denial()) ?? 'admitted')) await wait(200);
  };
  t.match(await denial(), /^ConfigMap shop\/web is refused\.\n\nmine:\n- is not ours\n/);
  const [rule] = NAMED.validations;
  writePolicies(folder, { mine: ownPolicy({ validations: [{ ...rule, message: 'is of others' }] }) });
  await until(/is of others/);
  const asksForNodes = async (): Promise<boolean> =>
    /^seldon_guard_asks_for\{webhook="validate",kind="Node",operation="UPDATE"\} 1$/m.test(
      (await server.probe('/metrics')).text,
    );
  t.notOk(await asksForNodes());
  const infos = async (): Promise<string[]> =>
    (await server.probe('/metrics')).text.split('\n').filter((line) => line.startsWith('seldon_guard_info'));
  const inForce = `catalogue="${chosen(undefined, [folder]).catalogue.digest}"} 1`;
  t.match(await infos(), [inForce], 'the digest of what is in force, and no other');
  t.equal((await infos()).length, 1);
  const appliesTo = { ConfigMap: ['CREATE', 'UPDATE'], Node: ['UPDATE'] };
  writePolicies(folder, {
    'mine-too': ownPolicy({ validations: [{ expression: 'false', message: 'is new' }] }, { appliesTo }),
  });
  await until(/is new/);
  t.ok(await asksForNodes(), 'it says what it has to be asked about from now on');
  writePolicies(folder, {
    'mine-too': ownPolicy({ validations: [{ expression: 'fals' }] }),
    third: ownPolicy(NAMED),
  });
  const trouble = (): boolean => server.printed().includes('the last ones stay in force');
  while (!trouble()) await wait(200);
  t.match(await denial(), /is new/);
  rmSync(join(folder, 'mine-too'), { recursive: true });
  rmSync(join(folder, 'third'), { recursive: true });
  await until(/refused\.\n\nmine:\n- is of others\n(?![^]*is new)/);
  t.notOk(await asksForNodes(), 'and no more');
  const lines = linesOf(await server.stop());
  t.match(
    lines.filter(({ level }) => level === 'error' || Number(level) >= 50),
    [
      {
        policies: [folder],
        msg: /mine-too\/policy\.yaml: policy mine-too, params: validations\.0\.expression: names fals/,
      },
      { msg: 'the rules cannot be used: the last ones stay in force' },
    ],
  );
});
