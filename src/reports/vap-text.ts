import { stringify } from 'yaml';
import type { Exported } from './vap.ts';

const HEAD = `# ValidatingAdmissionPolicies that admit and refuse what the webhook does, made by: seldon-guard generate vap
# What was wrong with an object before a change is let be, as the webhook warns of it and no more. The API server knows no
# calendar: a waiver counts here beyond its last day, until its annotation goes or this is made again. They are about every
# namespace, those as well that the chart's webhooks leave out, such as kube-system: a namespaceSelector in a binding keeps one out.`;

/** The manifests as one YAML stream; comments name what is left to the webhook. */
export function vapText(all: readonly Exported[]): string {
  const [some, none] = [
    all.filter(({ manifests }) => manifests.length > 0),
    all.filter(({ manifests }) => manifests.length === 0),
  ];
  const byReason = Map.groupBy(none, ({ left }) => left.join('; '));
  const comments = [
    ...[...byReason].map(([why, policies]) => [
      `# Not in here, because ${why}:`,
      ...policies.map(({ policy }) => `#   ${policy}`),
    ]),
    ...some.flatMap(({ policy, left }) =>
      left.length === 0 ? [] : [[`# Not all of ${policy} is in here:`, ...left.map((each) => `#   ${each}`)]],
    ),
  ];
  const documents = some.flatMap(({ manifests }) =>
    manifests.map((manifest) => stringify(manifest, { lineWidth: 0 })),
  );
  return [[HEAD, ...comments.flat()].join('\n') + '\n', ...documents].join('---\n');
}
