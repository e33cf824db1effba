import t from 'tap';
import { policiesIn, readExamples } from '../../src/sources/examples.ts';
import { BUILT_IN } from '../../src/sources/policies.ts';
import { guard } from './guard-process.ts';

// `seldon-guard demo` as somebody meets it first: a process of its own, with nothing around it.

t.setTimeout(120_000);

const { code, stdout, stderr } = await guard(['demo']);

void t.test('shows every example of every policy, and ends with 0', async (t) => {
  t.equal(code, 0, stdout.slice(-2000));
  t.equal(stderr, '');
  t.match(stdout, /^seldon-guard \d+\.\d+\.\d+ listens on https:\/\/127\.0\.0\.1:\d+ /);
  const summary = stdout.slice(stdout.indexOf(' Summary '));
  let count = 0;
  for (const policy of policiesIn(BUILT_IN)) {
    t.match(stdout, `\n ${policy}: `, `${policy} has a heading`);
    t.match(summary, new RegExp(`^${policy}( +[\\d-]+){4}$`, 'm'), `${policy} has a row in the table`);
    for (const { name, object } of await readExamples(BUILT_IN, policy)) {
      const shown = stdout
        .split('\n')
        .filter((line) => line.endsWith(`kubectl apply -f policies/${policy}/${name}.yaml`));
      t.equal(shown.length, 1, `${policy}/${name} (${object.kind}) is shown once`);
      count += 1;
    }
  }
  t.match(summary, `\n${count} manifests were asked about over HTTPS`);
  t.match(
    stdout,
    /^Error from server \(Forbidden\): error when creating "policies\/[^"]+": admission webhook/m,
    'a denial',
  );
  t.match(stdout, /^Warning: [a-z-]+: .+\n(Warning: .*\n)*\S+ created$/m, 'a warning on what is admitted');
  t.match(stdout, /^\+ .*dnsConfig:$/m, 'a patch as a diff');
  t.notMatch(stdout, /undefined|\[object|\n +at /);
});

void t.test('shows a patched object once: what /mutate mended, /validate does not tell again', (t) => {
  const [, after = ''] = stdout.split('kubectl apply -f policies/cluster-names-resolve/bad-safeguard.yaml\n');
  const [shown = ''] = after.split('\n$ kubectl');
  t.equal(shown.match(/as a safeguard$/gm)?.length, 1, shown);
  t.end();
});

void t.test('runs from any folder, and in a pipe without colours', async (t) => {
  const elsewhere = await guard(['demo'], { cwd: '/', env: { NO_COLOR: undefined } });
  t.equal(elsewhere.code, 0);
  // oxlint-disable-next-line no-control-regex -- the escape that starts a colour is what must not be there
  t.notMatch(elsewhere.stdout, /\u001b/);
});
