import { stringify } from 'yaml';
import { COREFILE_NAMES } from '../../src/checks/names/corefile-map.ts';
import { KINDS } from '../../src/model/kinds.ts';
import type { KindFacts } from '../../src/model/kinds.ts';
import { accessRules, admissionRules } from '../../src/policy/admission-rules.ts';
import type { AdmissionRule } from '../../src/policy/admission-rules.ts';
import type { Catalogue } from '../../src/policy/catalogue.ts';
import { fixersOf } from '../../src/policy/fixers.ts';
import { DEFAULT_SETTINGS } from '../../src/policy/settings.ts';

/** What the chart holds of the catalogue, by file: what its webhooks ask about, what the guard reads,
 * and how a kind is asked about that a policy of the user's own names. */
export function madeFiles(catalogue: Catalogue): Record<string, string> {
  const rules = admissionRules(catalogue);
  return {
    'validation.yaml': text({ ...byReach(rules), corefileMaps: COREFILE_NAMES.map(({ name }) => name) }),
    'mutation.yaml': text({
      asTheyCome: patchable(admissionRules(fixersOf(catalogue, DEFAULT_SETTINGS))),
      everyKind: patchable(rules),
    }),
    'kinds.yaml': text(
      Object.fromEntries(Object.entries(KINDS).map(([kind, facts]) => [kind, ruleOf(facts)])),
    ),
    'access.yaml': text(accessRules(catalogue)),
  };
}

/**
 * Rules apart by what a webhook that fails could hold up. A `namespaceSelector` selects Namespaces by their own labels and
 * skips no other cluster-scoped object (admissionregistration.k8s.io/v1 ValidatingWebhook.namespaceSelector), and some of
 * these, such as the network's Installation, are there before any pod can start. ConfigMaps are written by all and sundry
 * all the time, and those that are judged are the cluster DNS's own.
 */
function byReach(rules: readonly AdmissionRule[]): Record<string, AdmissionRule[]> {
  const isNamespace = ({ resources }: AdmissionRule): boolean => resources.includes('namespaces');
  return {
    inNamespaces: only(
      rules.filter((rule) => rule.scope === 'Namespaced' || isNamespace(rule)),
      (resource) => resource !== 'configmaps',
    ),
    clusterScoped: only(
      rules.filter(({ scope }) => scope === 'Cluster'),
      (resource) => resource !== 'namespaces',
    ),
    clusterDNS: only(rules, (resource) => resource === 'configmaps' || resource === 'networkpolicies'),
  };
}

/** A rule for one kind, without its operations. */
function ruleOf({ group, version, resource, namespaced }: KindFacts): Omit<AdmissionRule, 'operations'> {
  const scope = namespaced ? 'Namespaced' : 'Cluster';
  return { apiGroups: [group], apiVersions: [version], resources: [resource], scope };
}

/** Nothing is left to patch of what is deleted. */
function patchable(rules: readonly AdmissionRule[]): AdmissionRule[] {
  return only(rules, (resource) => resource !== 'configmaps').flatMap((rule) => {
    const operations = rule.operations.filter((operation) => operation !== 'DELETE');
    return operations.length > 0 ? [{ ...rule, operations }] : [];
  });
}

function only(rules: readonly AdmissionRule[], isMeant: (resource: string) => boolean): AdmissionRule[] {
  return rules.flatMap((rule) => {
    const resources = rule.resources.filter(isMeant);
    return resources.length > 0 ? [{ ...rule, resources }] : [];
  });
}

function text(value: object): string {
  return `# Made from the catalogue of policies: npm run golden\n${stringify(value, { aliasDuplicateObjects: false })}`;
}
