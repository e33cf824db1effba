import { listenersOf } from '../../model/listeners.ts';
import type { Manifest } from '../../model/manifest.ts';
import { agentPort } from '../../model/port-setting.ts';
import { agentsOf } from '../../model/server-pod.ts';
import { POD_TEMPLATE_KINDS } from '../../model/workload.ts';
import type { PodTemplate } from '../../model/workload.ts';
import type { Check } from '../../policy/check.ts';
import { settingWithin } from './container-patch.ts';
import { podFindings } from './pod-findings.ts';
import type { Fault } from './pod-findings.ts';
import { disagreements, isMalformed, portPairs, withDiallers } from './port-agreement.ts';
import { tellingPort } from './port-cure.ts';
import { portsDeclared } from './port-declared.ts';
import { portsMissed } from './port-probed.ts';
import { portsInCel } from './ports-in-cel.ts';

const COMMON = ['origin', 'place', 'container'];

/**
 * Whether agent and inference server of a pod agree on their ports, and whether probes, hooks and declarations go by the
 * same numbers. Both sides may be moved together; the numbers themselves are nobody's business.
 */
export const portsAgree: Check = {
  name: 'ports-agree',
  needs: POD_TEMPLATE_KINDS,
  params: { type: 'object', additionalProperties: false },
  problems: {
    mismatch: [...COMMON, 'protocol', 'setting', 'value', 'server', 'bound', 'port', 'cure'],
    /** The same of the agent and the rclone that fetches models for it. */
    rclone: [...COMMON, 'setting', 'value', 'server', 'bound', 'port', 'cure'],
    /** A setting that its process takes for no port. */
    malformed: [...COMMON, 'setting', 'value', 'cure'],
    probe: [...COMMON, 'probe', 'target', 'setting', 'value', 'cure'],
    'probe-unnamed': [...COMMON, 'probe', 'target'],
    /** A number that the operator drops, because the ServerConfig has a name there. */
    'probe-lost': [...COMMON, 'probe', 'number', 'name', 'base', 'cure'],
    'same-name': [...COMMON, 'name', 'first', 'second', 'cure'],
    'shared-name': [...COMMON, 'other', 'name', 'port'],
    collision: [...COMMON, 'other', 'port', 'setting', 'otherSetting'],
    misdeclared: [...COMMON, 'name', 'port', 'setting', 'value', 'cure'],
    hook: [...COMMON, 'target', 'setting', 'value', 'agent', 'cure'],
    'not-readable': [...COMMON, 'setting', 'because'],
  },
  inCel: portsInCel,
  *evaluate({ object, cluster }) {
    yield* podFindings(object, cluster, portFaults);
  },
};

function* portFaults(template: PodTemplate, manifest: Manifest): Iterable<Fault> {
  const pairs = portPairs(template);
  const listeners = listenersOf(template);
  const settings = [
    ...pairs.map(({ told }) => told),
    ...listeners.flatMap(({ setting }) => setting ?? []),
    // It leads out of the pod, where nobody else's port is this policy's; the agent reads it like the others.
    ...agentsOf(template.spec).map((agent) => agentPort(agent, 'envoy', template)),
  ];
  for (const setting of settings.filter(isMalformed))
    yield {
      problem: 'malformed',
      key: ['malformed', setting.process.name, setting.setting, setting.text].join('\n'),
      process: setting.process,
      within: settingWithin(setting.setting),
      data: { container: setting.process.name, setting: setting.setting, value: setting.text },
      cures: [
        ...pairs
          .filter(({ told }) => told === setting)
          .flatMap(({ served }) => served.flatMap(({ port }) => port ?? []))
          .map((port) => tellingPort([setting], port)),
        tellingPort([setting], setting.usual),
        tellingPort(withDiallers(setting, pairs), setting.usual),
      ],
    };
  yield* disagreements(template);
  yield* portsMissed(template, manifest, listeners, pairs);
  yield* portsDeclared(template, manifest, listeners, pairs);
}
