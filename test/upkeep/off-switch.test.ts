import t from 'tap';
import type { JsonObject } from '../../src/model/json.ts';
import { switchedOff, switchedOn } from '../../src/upkeep/off-switch.ts';

const configuration: JsonObject = {
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingWebhookConfiguration',
  metadata: { name: 'guard', resourceVersion: '7', annotations: { team: 'ml' } },
  webhooks: [
    { name: 'one.example.io', failurePolicy: 'Fail', clientConfig: { caBundle: 'Q0E=' }, rules: [] },
    {
      name: 'two.example.io',
      failurePolicy: 'Ignore',
      matchConditions: [{ name: 'own', expression: 'true' }],
    },
  ],
};

void t.test('off: never called, and never in the way', (t) => {
  const off = switchedOff(configuration);
  t.match(off['webhooks'], [
    {
      name: 'one.example.io',
      failurePolicy: 'Ignore',
      clientConfig: { caBundle: 'Q0E=' },
      matchConditions: [{ name: 'seldon-guard-is-off', expression: 'false' }],
    },
    { failurePolicy: 'Ignore', matchConditions: [{ name: 'own' }, { expression: 'false' }] },
  ]);
  t.match(off['metadata'], { resourceVersion: '7', annotations: { team: 'ml' } });
  t.equal(switchedOff(off), off, 'twice is once: what it was before is not lost');
  t.end();
});

void t.test('on: as it was', (t) => {
  t.strictSame(switchedOn(switchedOff(configuration)), configuration);
  t.equal(switchedOn(configuration), configuration, 'on already');
  t.end();
});

void t.test('a note that somebody spoilt: on, and not in the way', (t) => {
  const off = switchedOff(configuration) as { metadata: { annotations: Record<string, string> } };
  const spoilt = {
    ...off,
    metadata: { annotations: { 'seldon-guard.io/before-off': '{nonsense' } },
  } as unknown as JsonObject;
  t.match(switchedOn(spoilt)['webhooks'], [{ failurePolicy: 'Ignore' }, { failurePolicy: 'Ignore' }]);
  t.end();
});
