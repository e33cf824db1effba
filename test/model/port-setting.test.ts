import t from 'tap';
import { Picture } from '../../src/model/cluster.ts';
import { manifestOf } from '../../src/model/manifest.ts';
import { agentPort, serverPort } from '../../src/model/port-setting.ts';
import type { AgentPort, PortSetting, ServerPort } from '../../src/model/port-setting.ts';
import { agentsOf, inferenceServersOf } from '../../src/model/server-pod.ts';
import { podTemplatesOf } from '../../src/model/workload.ts';
import type { PodTemplate } from '../../src/model/workload.ts';

function template(container: object, missing?: string): PodTemplate {
  const object = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p' },
    spec: { containers: [container] },
  };
  const [made] = podTemplatesOf(manifestOf(object, { from: 'request' }), Picture.of([]));
  if (made === undefined) throw new Error('a Pod is a pod');
  return { ...made, missing };
}

function agent(which: AgentPort, container: object = {}, missing?: string): PortSetting {
  const made = template({ name: 'agent', ...container }, missing);
  const [process] = agentsOf(made.spec);
  if (process === undefined) throw new Error('there is an agent');
  return agentPort(process, which, made);
}

function server(which: ServerPort, container: object): PortSetting {
  const made = template(container);
  const [found] = inferenceServersOf(made.spec);
  if (found === undefined) throw new Error('there is a server');
  return serverPort(found, which, made);
}

const env = (name: string, value: string): object => ({ env: [{ name, value }] });

void t.test('what processes take when they are told nothing', async (t) => {
  t.match(agent('inference-http'), {
    port: 8080,
    setting: 'SELDON_SERVER_HTTP_PORT',
    text: '8080, its default',
  });
  t.match(agent('inference-grpc'), { port: 9500 });
  t.match(agent('proxy-http'), { port: 9999, usual: 9001 });
  t.match(agent('scheduler-tls'), { port: 9055 });
  t.match(agent('readiness'), { port: undefined, because: undefined, text: 'not set' });
  t.match(server('grpc', { name: 'mlserver' }), { port: 8081, usual: 9500 });
  t.match(server('http', { name: 'triton', args: ['tritonserver'] }), { port: 8000, setting: '--http-port' });
  t.match(server('http', { name: 'triton' }), { port: undefined, because: /command/ });
});

void t.test('what they are told', async (t) => {
  const variable = env('SELDON_SERVER_GRPC_PORT', '8081');
  t.match(agent('inference-grpc', variable), {
    port: 8081,
    text: '8081',
    variable: 'SELDON_SERVER_GRPC_PORT',
    flag: undefined,
  });
  t.match(agent('inference-grpc', { ...variable, args: ['-inference-grpc-port', '1'] }), {
    port: 1,
    setting: '--inference-grpc-port',
    variable: undefined,
  });
  t.match(agent('inference-grpc', { ...env('P', '7'), args: ['--inference-grpc-port=$(P)'] }), {
    port: 7,
    variable: 'P',
  });
  t.match(
    server('grpc', { name: 'triton', ...env('P', '7'), args: ['-c', 'tritonserver --grpc-port=${P}'] }),
    { port: 7, variable: 'P' },
  );
  for (const text of ['0', '65536', '-1', '9000 ', ' 9000', '0x10', '9e3', 'http', '$(NOWHERE)'])
    t.match(
      agent('metrics', env('SELDON_METRICS_PORT', text)),
      { port: undefined, because: undefined, text },
      text,
    );
  t.match(
    agent('metrics', env('SELDON_METRICS_PORT', '+9006')),
    { port: 9006 },
    'strconv.ParseInt takes a sign',
  );
  t.match(agent('metrics', env('SELDON_METRICS_PORT', '')), { port: 9006, value: undefined });
});

void t.test('what cannot be told', async (t) => {
  const from = {
    env: [{ name: 'SELDON_METRICS_PORT', valueFrom: { configMapKeyRef: { name: 'a', key: 'b' } } }],
  };
  t.match(agent('metrics', from), { port: undefined, because: 'comes from ConfigMap a, key b' });
  t.match(agent('metrics', { envFrom: [{ secretRef: { name: 's' } }] }), {
    port: undefined,
    because: 'may come from envFrom',
  });
  t.match(agent('metrics', {}, 'ServerConfig x'), { port: undefined, because: /ServerConfig x/ });
  t.match(agent('metrics', env('SELDON_METRICS_PORT', '1'), 'ServerConfig x'), { port: 1 });
  t.match(agent('metrics', env('SELDON_METRICS_PORT', '$(X)'), 'ServerConfig x'), {
    port: undefined,
    because: /ServerConfig x/,
  });
});
