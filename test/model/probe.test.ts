import t from 'tap';
import { probesOf } from '../../src/model/probe.ts';
import type { Json } from '../../src/model/json.ts';

const of = (container: object) =>
  probesOf({ list: 'containers', index: 0, name: 'c', container: container as Json }).map(
    ({ kind, handler, host, target, port, path }) => ({ kind, handler, host, target, port, path }),
  );
const PORTS = [
  { name: 'http', containerPort: 9000 },
  { name: 'http', containerPort: 9001 },
];

void t.test('probes that come over the network', async (t) => {
  t.strictSame(of({}), []);
  t.strictSame(of({ livenessProbe: { exec: { command: ['true'] } } }), []);
  t.strictSame(of({ ports: PORTS, livenessProbe: { httpGet: { port: 'http' } } }), [
    {
      kind: 'livenessProbe',
      handler: 'httpGet',
      host: undefined,
      target: 'http',
      port: 9000,
      path: ['livenessProbe', 'httpGet', 'port'],
    },
  ]);
  t.match(of({ startupProbe: { tcpSocket: { port: 1, host: 'h' } } }), [{ host: 'h', port: 1 }]);
  t.match(of({ readinessProbe: { grpc: { port: 2 } } }), [{ handler: 'grpc', port: 2 }]);
  t.match(of({ readinessProbe: { httpGet: { port: 'https' } }, ports: PORTS }), [
    { target: 'https', port: undefined },
  ]);
  t.strictSame(of({ readinessProbe: { httpGet: { port: null } } }), []);
  t.equal(
    of({ readinessProbe: { httpGet: { port: 1 }, tcpSocket: { port: 2 } } }).length,
    2,
    'two handlers after a merge',
  );
});
