import t from 'tap';
import { agentsOf, inferenceServersOf, isServerPod, isStockAgent } from '../../src/model/server-pod.ts';
import { processesOf } from '../../src/model/process.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { manifestOf } from '../../src/model/manifest.ts';
import { Picture } from '../../src/model/cluster.ts';
import { podTemplatesOf } from '../../src/model/workload.ts';

const pod = (...containers: object[]): JsonObject => ({ containers }) as JsonObject;
const server = (container: object): string | undefined => inferenceServersOf(pod(container))[0]?.type;

void t.test('which container is the agent', async (t) => {
  const isAgent = (container: object): boolean => agentsOf(pod(container)).length === 1;
  t.ok(isAgent({ name: 'agent' }));
  t.ok(isAgent({ name: 'a', image: 'docker.io/seldonio/seldon-agent:2.9.1' }));
  t.ok(isAgent({ name: 'a', image: 'registry.example.com:5000/x/seldon-agent@sha256:0' }));
  t.notOk(isAgent({ name: 'a', image: 'example.com/not-a-seldon-agent:1' }));
  t.notOk(isAgent({ name: 'a', image: 'example.com/seldon-agent-ui:1' }));
  t.notOk(isAgent({}));
  t.strictSame(agentsOf({ initContainers: [{ name: 'agent' }] } as JsonObject), [], 'not one that ends');
  t.equal(agentsOf({ initContainers: [{ name: 'agent', restartPolicy: 'Always' }] } as JsonObject).length, 1);
});

void t.test('which is the inference server, and of what type', async (t) => {
  t.equal(server({ name: 'mlserver' }), 'mlserver');
  t.equal(
    server({ name: 'triton', env: [{ name: 'MLSERVER_HOST', value: 'x' }] }),
    'triton',
    'the name comes first',
  );
  t.equal(server({ name: 'x', env: [{ name: 'MLSERVER_HTTP_PORT', value: '1' }] }), 'mlserver');
  t.equal(server({ name: 'x', args: ['--grpc-address=0.0.0.0'] }), 'triton');
  t.equal(server({ name: 'x', image: 'docker.io/seldonio/mlserver:1.7.1' }), 'mlserver');
  t.equal(server({ name: 'x', image: 'nvcr.io/nvidia/tritonserver:23.03-py3' }), 'triton');
  t.equal(server({ name: 'x', image: 'example.com/mlserver-exporter:1' }), undefined);
  t.equal(
    server({ name: 'agent', env: [{ name: 'MLSERVER_HOST', value: 'x' }] }),
    undefined,
    'never the agent',
  );
});

void t.test("releases of Seldon's own agent", async (t) => {
  const stock = (image: string): boolean => processesOf(pod({ name: 'agent', image })).some(isStockAgent);
  t.ok(stock('mirror.example.com/seldonio/seldon-agent:2.9.1'));
  t.notOk(stock('seldonio/seldon-agent:2.9.1-fixed'));
  t.notOk(stock('jtayl22/seldon-agent:2.9.1'));
});

void t.test("which pods are a Server's", async (t) => {
  const isOne = (labels: object, ...containers: object[]): boolean => {
    const object = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', labels }, spec: { containers } };
    return podTemplatesOf(manifestOf(object, { from: 'request' }), Picture.of([])).every(isServerPod);
  };
  t.ok(isOne({ 'seldon-server-name': 'mlserver' }));
  t.ok(isOne({}, { name: 'agent' }, { name: 'mlserver' }));
  t.ok(isOne({}, { name: 'a', image: 'seldonio/seldon-agent:2.9.1' }));
  t.notOk(isOne({}, { name: 'agent' }), 'many things are called agent');
  t.notOk(isOne({ 'app.kubernetes.io/name': 'seldon-scheduler' }, { name: 'agent' }, { name: 'mlserver' }));
});
