import { isNode } from 'yaml';
import type { Excess } from '../network/excess.ts';
import type { LeastPolicy, Purpose, Rule, Width } from '../network/least-policy.ts';
import type { Direction } from '../network/pod.ts';
import { compactYaml } from './compact-yaml.ts';
import { peerText, portsText } from './connectivity-peer.ts';
import { oneLine } from './one-line.ts';

/** Policies that were made for Seldon's pods, and what is known of them. */
export interface MadePolicies {
  readonly policies: readonly LeastPolicy[];
  readonly namespaces: readonly string[];
  readonly open: { readonly count: number; readonly ids: readonly string[] };
  readonly workloads: number;
  readonly closed: readonly ClosedAccess[];
  readonly elsewhere: readonly ClosedAccess[];
  readonly excess: readonly Excess[];
  readonly left: readonly string[];
  readonly beside: readonly string[];
  readonly denied: readonly string[];
  readonly unused: readonly string[];
}

interface ClosedAccess {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly policies: readonly string[];
}

/** The policies as YAML that `kubectl apply` takes as it stands; comments say what each rule is for. */
export function* policiesYaml(made: MadePolicies): Generator<string> {
  yield comment(header(made));
  for (const policy of made.policies) yield `---\n${policyYaml(policy)}`;
}

/** Why the policies are not to be used: a sentence for each thing that they close, or leave open, and should not. */
export function faultsOf({ closed, excess }: MadePolicies): string[] {
  const faults = [
    ...closed.map(
      ({ id, from, to, policies }) =>
        `${id}: ${from} would not reach ${to}${policies.length > 0 ? `, because of NetworkPolicy ${policies.join(', ')}` : ''}`,
    ),
    ...excess.map(
      ({ from, to, ports }) =>
        `${peerText(from)} would reach ${peerText(to)} on ${portsText(ports)}, which nothing requires`,
    ),
  ];
  return faults.map(oneLine);
}

/** What a person should know before applying them: where they are wider than needed, and what they cannot do. */
export function notesOn(made: MadePolicies): string[] {
  const { elsewhere, left, beside, denied, unused } = made;
  const notes = [
    ...wideNotes(made.policies),
    ...left.map((title) => `${title} has no labels or is on the host network: no NetworkPolicy isolates it`),
    ...elsewhere.map(
      ({ id, from, to, policies }) =>
        `${id}: whatever these admit, ${from} does not reach ${to} for certain${policies.length > 0 ? `, because of NetworkPolicy ${policies.join(', ')}` : ''}`,
    ),
    ...beside.map((name) => `${name} stays beside these for the same pods, and what it admits stays open`),
    ...denied.map((name) => `${name} is not Seldon's, and seldon-default-deny isolates it as well`),
    ...unused.map((id) => `${id} is closed: nothing among the objects needs it yet, or tells where it leads`),
  ];
  return notes.map(oneLine);
}

function header(made: MadePolicies): string[] {
  const { open, workloads, namespaces } = made;
  const [first = '', ...others] = namespaces;
  const operators = others.length === 0 ? '' : ` and for its operator in ${others.join(', ')}`;
  const notes = notesOn(made);
  return [
    `NetworkPolicies for Seldon in namespace ${first}${operators}. Made by seldon-guard generate netpol.`,
    `Proved: ${open.count} required connections are open (${open.ids.join(', ')}).`,
    `Between the ${workloads} workloads that were looked at, no other connection to or from these pods is open.`,
    'Each policy is complete for its pods: they can be applied one by one, in this order.',
    ...(notes.length === 0 ? [] : ['To know:', ...notes.map((note) => `- ${note}.`)]),
  ];
}

/** What is as wide as it is for one reason is told once, whatever pods it is about. */
function wideNotes(policies: readonly LeastPolicy[]): string[] {
  const bySentence = new Map<string, Set<string>>();
  for (const { subject, rules } of policies)
    for (const direction of ['ingress', 'egress'] as const)
      for (const rule of rules[direction])
        for (const purpose of rule.purposes)
          if (purpose.width !== undefined) {
            const said = `${purpose.id}: ${wideText(purpose.width, purpose, rule)}`;
            bySentence.set(said, (bySentence.get(said) ?? new Set()).add(subject.name));
          }
  return [...bySentence].map(([said, names]) => {
    const few = names.size <= 3 ? [...names].join(', ') : `${names.size} policies`;
    return `${said} (${few})`;
  });
}

const WIDE: Readonly<Record<Width, (peer: string, on: string) => string>> = {
  anyone: (peer, on) =>
    `nobody can tell who the ${peer} are: anybody is admitted ${on}, and --clients names them`,
  address: (peer, on) => `the address of ${peer} is not to be seen: any address is open ${on}`,
  unnamed: (peer, on) => `no selector finds ${peer}: anybody is open ${on}`,
  service: (peer) => `${peer} is not among the objects: every pod of its namespace is open on every port`,
  namespace: (peer, on) =>
    `it cannot be told which ${peer} watches the namespace: its labels are admitted ${on} from every namespace, and no policy is made for it`,
  later: (peer, on) =>
    `the operator watches every namespace, or may: ${peer} is open ${on} in each, also in those to come`,
  usual: (peer) =>
    `${peer} is not among the objects: it is taken to be where it usually is, as the rules name it`,
};

function wideText(width: Width, { peer }: Purpose, { rule }: Rule): string {
  const entries = (rule['ports'] ?? []) as readonly { protocol: string; port: number }[];
  const ports = entries.map(({ protocol, port }) => `${protocol} ${port}`).join(' and ');
  return WIDE[width](peer, `on ${ports}`);
}

/** Below a rule, what fits a line is written on one. */
const LINE = 90;
const RULE_DEPTH = 5;

function policyYaml({ object, rules }: LeastPolicy): string {
  const document = compactYaml(object, { depth: RULE_DEPTH, line: LINE });
  for (const direction of ['ingress', 'egress'] as const)
    for (const [index, { purposes }] of rules[direction].entries()) {
      const node = document.getIn(['spec', direction, index], true);
      if (isNode(node))
        node.commentBefore = purposeLines(direction, purposes)
          .map((line) => ` ${line}`)
          .join('\n');
    }
  const shut = (['ingress', 'egress'] as const).filter((direction) => rules[direction].length === 0);
  const heading = shut.length === 0 ? '' : comment(shut.map((direction) => SHUT[direction]));
  return `${heading}${document.toString({ lineWidth: 0 })}`;
}

const SHUT: Readonly<Record<Direction, string>> = {
  ingress: 'Nobody needs to reach these pods: nothing is admitted.',
  egress: 'These pods need to reach nobody: nothing is let out.',
};

/** `F2, from Server mlserver: else the Server never registers and no model can be placed on it`. */
function purposeLines(direction: Direction, purposes: readonly Purpose[]): string[] {
  const word = direction === 'ingress' ? 'from' : 'to';
  const byId = Map.groupBy(purposes, ({ id, breaks }) => `${id} ${breaks}`);
  return [...byId.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const peers = [...new Set(group.map(({ peer }) => peer))].join(', ');
    const otherwise = first.breaks === '' ? '' : `: else ${first.breaks}`;
    return [oneLine(`${first.id}, ${word} ${peers}${otherwise}`)];
  });
}

/** A name out of a manifest must not end the comment that it stands in. */
function comment(lines: readonly string[]): string {
  return `${lines.map((line) => `# ${oneLine(line)}`).join('\n')}\n`;
}
