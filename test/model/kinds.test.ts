import t from 'tap';
import { knownKind } from '../../src/model/kinds.ts';
import { manifestOf } from '../../src/model/manifest.ts';
import { admissionRules, accessRules } from '../../src/policy/admission-rules.ts';
import { readCatalogue } from '../../src/sources/policies.ts';

// A kind is known by its group; Calico's pools come under two.

void t.test('an IPPool is one under both of its groups, and under no other', (t) => {
  t.equal(knownKind('crd.projectcalico.org', 'IPPool'), 'IPPool');
  t.equal(knownKind('projectcalico.org', 'IPPool'), 'IPPool');
  t.equal(knownKind('operator.tigera.io', 'IPPool'), undefined);
  t.equal(knownKind('projectcalico.org', 'Installation'), undefined);
  t.equal(knownKind('', 'constructor'), undefined);
  const pool = {
    apiVersion: 'projectcalico.org/v3',
    kind: 'IPPool',
    metadata: { name: 'p', namespace: 'n' },
  };
  t.match(manifestOf(pool, { from: 'request' }), { known: 'IPPool', namespace: '', name: 'p' });
  t.end();
});

void t.test('the API server asks about both, and the guard reads the one that is stored', (t) => {
  const catalogue = readCatalogue();
  const asked = admissionRules(catalogue).filter(({ resources }) => resources.includes('ippools'));
  t.strictSame(
    asked.map(({ apiGroups, apiVersions, scope }) => ({ apiGroups, apiVersions, scope })),
    [
      { apiGroups: ['crd.projectcalico.org'], apiVersions: ['v1'], scope: 'Cluster' },
      { apiGroups: ['projectcalico.org'], apiVersions: ['v3'], scope: 'Cluster' },
    ],
  );
  const read = accessRules(catalogue).rules.filter(({ resources }) => resources.includes('ippools'));
  t.strictSame(
    read.map(({ apiGroups }) => apiGroups),
    [['crd.projectcalico.org']],
  );
  t.end();
});
