import t from 'tap';
import { Picture } from '../../src/model/cluster.ts';
import { manifestOf } from '../../src/model/manifest.ts';
import { rcloneAddress, rclonePort, rclonesOf } from '../../src/model/rclone.ts';
import { podTemplatesOf } from '../../src/model/workload.ts';
import { corpusText, manifestsIn, noCorpus } from './corpus.ts';

function read(container: object): [string, number | undefined, string | undefined] {
  const spec = { containers: [{ name: 'rclone', ...container }, { name: 'agent' }] };
  const object = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec };
  const [template] = podTemplatesOf(manifestOf(object, { from: 'request' }), Picture.of([]));
  const [process] = template === undefined ? [] : rclonesOf(template.spec);
  if (template === undefined || process === undefined) throw new Error('there is one');
  const { setting, port, because } = rclonePort(process, template);
  return [setting, port, because];
}

void t.test('where rclone listens', async (t) => {
  const envFrom = [{ secretRef: { name: 'x' } }];
  const cases: [object, [string, number | undefined, string | undefined]][] = [
    [{}, ['--rc-addr', 5572, undefined]],
    [{ envFrom }, ['--rc-addr', 5572, undefined]],
    [{ args: ['rcd'], envFrom }, ['--rc-addr', undefined, 'may come from envFrom']],
    [
      { args: ['rcd'], envFrom: [{ prefix: 'AWS_', secretRef: { name: 'x' } }] },
      ['--rc-addr', 5572, undefined],
    ],
    [{ args: ['rcd', '--rc-addr=:0'] }, ['--rc-addr', undefined, 'is :0, in which no port can be seen']],
    [
      { args: ['rcd', '--rc-addr=:70000'] },
      ['--rc-addr', undefined, 'is :70000, in which no port can be seen'],
    ],
    [{ args: ['--log-level=INFO'] }, ['--rc-addr', undefined, 'stands in a command that cannot be seen']],
    [{ args: 'rcd', command: [1, null] }, ['--rc-addr', 5572, undefined]],
    [
      { args: ['rcd'], env: [{ name: 'RCLONE_RC_ADDR', value: ':5573' }] },
      ['RCLONE_RC_ADDR', 5573, undefined],
    ],
  ];
  for (const [container, expected] of cases)
    t.strictSame(read(container), expected, JSON.stringify(container));
});

void t.test('an address with another port', async (t) => {
  const setting = (value: string | undefined) =>
    ({ value: value === undefined ? undefined : [value] }) as Parameters<typeof rcloneAddress>[0];
  t.equal(rcloneAddress(setting('0.0.0.0:5572'), 5573), '0.0.0.0:5573');
  t.equal(rcloneAddress(setting('[::]:5572'), 5573), '[::]:5573');
  t.equal(rcloneAddress(setting(':5572'), 5573), ':5573');
  t.equal(rcloneAddress(setting(undefined), 5573), '0.0.0.0:5573');
});

void t.test("Seldon's own", { skip: noCorpus }, async (t) => {
  const configs = manifestsIn(corpusText('upstream-good/v2.9.1/components.yaml')).filter(
    ({ kind }) => kind === 'ServerConfig',
  );
  for (const each of configs)
    for (const template of podTemplatesOf(each, Picture.of([])))
      t.strictSame(
        rclonesOf(template.spec).map((rclone) => rclonePort(rclone, template).port),
        [5572],
        each.name,
      );
});
