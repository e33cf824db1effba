import t from 'tap';
import { Picture } from '../../src/model/cluster.ts';
import { listenersOf } from '../../src/model/listeners.ts';
import { manifestOf } from '../../src/model/manifest.ts';
import { podTemplatesOf } from '../../src/model/workload.ts';
import { manifestsIn, corpusText, noCorpus } from './corpus.ts';

function ports(containers: object[]): Record<string, number | undefined> {
  const object = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: { containers } };
  const made = podTemplatesOf(manifestOf(object, { from: 'request' }), Picture.of([]));
  const all = made.flatMap((template) => listenersOf(template));
  return Object.fromEntries(all.map(({ process, source, port }) => [`${process.name} ${source}`, port]));
}

void t.test('known processes listen as they are told, others as they declare', async (t) => {
  t.strictSame(
    ports([
      {
        name: 'mlserver',
        ports: [{ containerPort: 1 }],
        env: [{ name: 'MLSERVER_HTTP_PORT', value: '9000' }],
      },
    ]),
    {
      'mlserver MLSERVER_HTTP_PORT': 9000,
      'mlserver MLSERVER_GRPC_PORT': 8081,
      'mlserver MLSERVER_METRICS_PORT': 8082,
    },
  );
  t.strictSame(
    ports([
      { name: 'side', ports: [{ containerPort: 1 }, { containerPort: 2, protocol: 'UDP' }, { name: 'x' }] },
    ]),
    {
      'side containerPort': 1,
    },
  );
  t.strictSame(ports([{ name: 'rclone' }]), { 'rclone --rc-addr': 5572 });
  t.strictSame(ports([{ name: 'rclone', args: ['rcd', '--rc-addr=0.0.0.0:5573'] }]), {
    'rclone --rc-addr': 5573,
  });
  t.strictSame(ports([{ name: 'rclone', args: ['--rc-addr', ':x'] }]), { 'rclone --rc-addr': undefined });
});

void t.test("upstream's Servers listen on ports of their own", { skip: noCorpus }, async (t) => {
  const configs = manifestsIn(corpusText('upstream-good/v2.9.1/components.yaml')).filter(
    ({ kind }) => kind === 'ServerConfig',
  );
  t.equal(configs.length, 2);
  for (const config of configs) {
    const [template] = podTemplatesOf(config, Picture.of([]));
    const numbers = (template === undefined ? [] : listenersOf(template))
      .map(({ port }) => port)
      .toSorted((a = 0, b = 0) => a - b);
    const metrics = config.name === 'triton' ? 8002 : 8082;
    t.strictSame(numbers, [5572, 7777, metrics, 9000, 9001, 9006, 9007, 9008, 9500, 9501]);
  }
});
