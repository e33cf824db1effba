import type { Environment } from '../../model/container-env.ts';
import { listAt, stringAt } from '../../model/json.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import type { PatchOperation } from '../../model/patch.ts';
import { jsonPointer } from '../../model/path.ts';
import type { Process } from '../../model/process.ts';
import type { PodTemplate } from '../../model/workload.ts';
import { inTurn, ownContainer, settingEnv, settingFlag } from './container-patch.ts';
import { cureWords } from './host-cure.ts';
import type { HostCure } from './host-cure.ts';
import { listensAt, podAddressOf } from './pod-address.ts';
import type { Cure } from './pod-findings.ts';
import { serverBinds } from './server-bind.ts';
import type { ServerBind } from './server-bind.ts';
import { FLAG, STOCK_DEFAULT, VARIABLE } from './told-host.ts';
import type { ToldHost } from './told-host.ts';

/** Triton has two settings for where it listens; a patch of many more is none that a person would paste. */
const MOST_REBINDS = 4;
const POD_IP: JsonObject = { fieldRef: { fieldPath: 'status.podIP' } };

/** Tells the agent another address, and the server to listen there. */
export function curing(host: ToldHost, cure: HostCure): Cure {
  return {
    words: cureWords(host, cure),
    patch(object, template) {
      if (cure.rebinds.length > MOST_REBINDS) return undefined;
      return inTurn(object, [
        ...(host.value === undefined ? [] : settingHost(host, cure.target, template)),
        ...cure.rebinds.map((bind) => (now: JsonObject) => rebinding(bind, now, template)),
      ]);
    },
  };
}

/** Leaves the agent to its default. */
export function leaving(host: ToldHost): Cure {
  return {
    words: `${VARIABLE} of container ${host.process.name}`,
    patch: (object, template) => (removable(template) ? removingVariable(host, object, template) : undefined),
  };
}

function settingHost(
  { flag, process, environment }: ToldHost,
  target: HostCure['target'],
  template: PodTemplate,
): ((now: JsonObject) => PatchOperation[] | undefined)[] {
  const setEnv = (entry: JsonObject & { readonly name: string }) => (now: JsonObject) =>
    settingEnv(now, template, process, entry);
  const setFlag = (value: string) => (now: JsonObject) => settingFlag(now, template, process, FLAG, value);
  if (flag === undefined)
    return [
      setEnv(
        target === 'podIP' ? { name: VARIABLE, valueFrom: POD_IP } : { name: VARIABLE, value: '127.0.0.1' },
      ),
    ];
  if (target === 'loopback') return [setFlag('127.0.0.1')];
  const known = podVariable(process, environment);
  if (known !== undefined) return [setFlag(`$(${known})`)];
  const name = environment.get('POD_IP') === undefined ? 'POD_IP' : 'SELDON_POD_IP';
  return [setEnv({ name, valueFrom: POD_IP }), setFlag(`$(${name})`)];
}

/** A variable that holds the pod's own address already. */
function podVariable({ container }: Process, environment: Environment): string | undefined {
  const names = listAt(container, 'env').map((entry) => stringAt(entry, 'name') ?? '');
  return names.find((name) => {
    const [only, ...others] = environment.get(name) ?? [];
    return (
      others.length === 0 && typeof only === 'object' && only.from === 'field' && only.path === 'status.podIP'
    );
  });
}

function rebinding(
  { process, setting, isFlag }: ServerBind,
  object: JsonObject,
  template: PodTemplate,
): PatchOperation[] | undefined {
  if (process === undefined) return undefined;
  return isFlag
    ? settingFlag(object, template, process, setting.slice(2), '0.0.0.0')
    : settingEnv(object, template, process, { name: setting, value: '0.0.0.0' });
}

/** Whether the server listens where the stock agent dials without the variable. */
function removable({ spec }: PodTemplate): boolean {
  const without = podAddressOf([STOCK_DEFAULT], spec);
  return serverBinds(spec).every((bind) => listensAt(bind.address, without) !== false);
}

/** Takes the variable out where this object writes it and nothing else in the container refers to it. */
function removingVariable(
  { process }: ToldHost,
  object: JsonObject,
  template: PodTemplate,
): PatchOperation[] | undefined {
  const own = ownContainer(object, template, process);
  if (own === undefined) return undefined;
  const entries = listAt(object, ...own, 'env');
  const mine = entries.flatMap((entry, index) => (stringAt(entry, 'name') === VARIABLE ? [index] : []));
  const all = listAt(process.container, 'env').filter((entry) => stringAt(entry, 'name') === VARIABLE);
  if (mine.length < all.length || refersTo(process.container)) return undefined;
  // From the last to the first, so that the indices stay right.
  return mine.toReversed().map((index) => ({ op: 'remove', path: jsonPointer([...own, 'env', index]) }));
}

function refersTo(container: Json): boolean {
  const reference = new RegExp(String.raw`\$[({]?${VARIABLE}\b`);
  const written = [
    ...listAt(container, 'env').map((entry) => stringAt(entry, 'value') ?? ''),
    ...listAt(container, 'command'),
    ...listAt(container, 'args'),
  ];
  return written.some((text) => typeof text === 'string' && reference.test(text));
}
