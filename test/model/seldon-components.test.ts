import t from 'tap';
import { componentOf, COMPONENTS, runtimeComponent } from '../../src/model/seldon-components.ts';

const pod = (...containers: string[]) => ({ containers: containers.map((name) => ({ name })) });

void t.test('a component is known by the labels of its pods', async (t) => {
  t.equal(componentOf({ 'control-plane': 'v2-controller-manager' }), 'controller-manager');
  t.equal(componentOf({ 'app.kubernetes.io/name': 'seldon-scheduler', team: 'ml' }), 'seldon-scheduler');
  t.equal(componentOf({ 'app.kubernetes.io/name': 'hodometer' }), 'hodometer');
  t.equal(componentOf({ 'app.kubernetes.io/name': 'seldon-server', 'seldon-server-name': 'x' }), 'server');
});

void t.test('another operator is not ours, nor is a label that only resembles', async (t) => {
  t.equal(componentOf({ 'control-plane': 'controller-manager' }), undefined);
  t.equal(componentOf({ 'app.kubernetes.io/name': 'scheduler' }), undefined);
  t.equal(componentOf({ app: 'seldon-scheduler' }), undefined);
  t.equal(componentOf({}), undefined);
});

void t.test('a hand-made server pod counts by the name of its Server, or by what runs in it', async (t) => {
  const labels = { 'app.kubernetes.io/name': 'financial-mlops-pytorch' };
  t.equal(componentOf({ ...labels, 'seldon-server-name': 'mlserver' }), 'server');
  t.equal(componentOf(labels, pod('agent', 'mlserver')), 'server');
  t.equal(componentOf(labels, pod('rclone', 'agent', 'triton')), 'server');
  t.equal(componentOf(labels, pod('mlserver')), undefined, 'an MLServer alone is not of Seldon Core');
  t.equal(componentOf(labels, pod('agent', 'app')), undefined);
});

void t.test('only what a SeldonRuntime brings can be overridden by name', async (t) => {
  t.equal(runtimeComponent('seldon-envoy'), 'seldon-envoy');
  t.equal(runtimeComponent('mlserver'), undefined);
  t.equal(runtimeComponent('server'), undefined);
  t.equal(runtimeComponent('controller-manager'), undefined);
});

void t.test('no container declares a port name twice', async (t) => {
  for (const { ports } of Object.values(COMPONENTS)) {
    const names = ports.map(({ container, name }) => `${container}/${name}`);
    t.equal(new Set(names).size, names.length);
  }
});

void t.test('nothing throws on labels of another shape', async (t) => {
  t.equal(componentOf(JSON.parse('{"__proto__":"x","constructor":"y"}')), undefined);
  t.equal(componentOf({}, { containers: 'many' }), undefined);
  t.equal(componentOf({}, { containers: [null, 1, 'agent'] }), undefined);
});
