import { KINDS } from '../model/kinds.ts';
import type { KindFacts } from '../model/kinds.ts';
import type { ObjectName } from '../model/object-name.ts';
import type { Catalogue } from './catalogue.ts';
import type { PolicyOperation } from './document.ts';
import { needsOf } from './needs.ts';

/** A rule of a webhook configuration (admissionregistration.k8s.io/v1 RuleWithOperations). */
export interface AdmissionRule {
  readonly apiGroups: readonly string[];
  readonly apiVersions: readonly string[];
  readonly operations: readonly PolicyOperation[];
  readonly resources: readonly string[];
  readonly scope: 'Namespaced' | 'Cluster';
}

/** A rule of a ClusterRole (rbac.authorization.k8s.io/v1 PolicyRule). */
export interface AccessRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

/** What the guard is granted: a ClusterRole, and a Role in each of some namespaces. */
export interface Access {
  readonly rules: readonly AccessRule[];
  readonly inNamespaces: readonly { readonly namespace: string; readonly rules: readonly AccessRule[] }[];
}

const VERBS = ['list', 'watch'];

const OPERATIONS: readonly PolicyOperation[] = ['CREATE', 'UPDATE', 'DELETE'];

/** What the API server has to ask a webhook about, exactly: the kinds and operations that some policy is about. */
export function admissionRules({ about }: Catalogue): AdmissionRule[] {
  const rules = [...about].flatMap(([kind, policies]) => {
    const { group, version, resource, namespaced, also }: KindFacts = KINDS[kind];
    const asked = new Set(policies.flatMap(({ appliesTo }) => appliesTo[kind] ?? []));
    return [{ group, version }, ...(also === undefined ? [] : [also])].map((api): AdmissionRule => ({
      apiGroups: [api.group],
      apiVersions: [api.version],
      operations: OPERATIONS.filter((operation) => asked.has(operation)),
      resources: [resource],
      scope: namespaced ? 'Namespaced' : 'Cluster',
    }));
  });
  return together(rules.filter(({ operations }) => operations.length > 0));
}

/** What the guard has to read: the kinds that checks need, and ConfigMaps by their names alone. */
export function accessRules(catalogue: Catalogue): Access {
  const { kinds, configMaps } = needsOf(catalogue);
  const rules = kinds.map((kind): AccessRule => {
    const { group, resource } = KINDS[kind];
    return { apiGroups: [group], resources: [resource], verbs: VERBS };
  });
  const byNamespace = Map.groupBy(configMaps, ({ namespace }) => namespace);
  return {
    rules: [...together(rules), ...namedConfigMaps(byNamespace.get(undefined))],
    inNamespaces: [...byNamespace].flatMap(([namespace, names]) =>
      namespace === undefined ? [] : [{ namespace, rules: namedConfigMaps(names) }],
    ),
  };
}

function namedConfigMaps(names: readonly ObjectName[] = []): AccessRule[] {
  if (names.length === 0) return [];
  const { group, resource } = KINDS.ConfigMap;
  const resourceNames = names.map(({ name }) => name);
  return [{ apiGroups: [group], resources: [resource], resourceNames, verbs: VERBS }];
}

/** Rules that differ in their resources alone, as one; in a stable order. */
function together<Rule extends { readonly resources: readonly string[] }>(rules: readonly Rule[]): Rule[] {
  const alike = Map.groupBy(rules, (rule) => JSON.stringify({ ...rule, resources: [] }));
  return [...alike]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, [first, ...others]]) =>
      first === undefined
        ? []
        : [{ ...first, resources: [first, ...others].flatMap(({ resources }) => resources).toSorted() }],
    );
}
