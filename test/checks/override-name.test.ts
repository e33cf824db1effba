import t from 'tap';
import { meantBy } from '../../src/checks/placement/override-name.ts';
import { RUNTIME_COMPONENTS } from '../../src/model/seldon-components.ts';

void t.test('the component that a name was meant for', (t) => {
  for (const [name, meant] of [
    ['model_gate-way', 'seldon-modelgateway'],
    ['SELDON_ENVOY', 'seldon-envoy'],
    ['p-i-p-e-l-i-n-e-g-a-t-e-w-a-y', 'seldon-pipelinegateway'],
    ['pipe', 'seldon-pipelinegateway'],
    ['dataflow', 'seldon-dataflow-engine'],
    ['seldon-envoi', 'seldon-envoy'],
    ['sch', undefined],
    ['e', undefined],
    ['', undefined],
    ['seldon-', undefined],
    ['gateway', undefined],
    ['mlserver', undefined],
  ] as const)
    t.equal(meantBy(name, RUNTIME_COMPONENTS), meant, name);
  t.end();
});

void t.test('a beginning that several share means none of them', (t) => {
  t.equal(meantBy('gateway', ['gateway-blue-one', 'gateway-green-one']), undefined);
  t.equal(meantBy('gateway', ['gateway-blue-one', 'other']), 'gateway-blue-one');
  t.equal(meantBy('gateway', []), undefined);
  t.end();
});
