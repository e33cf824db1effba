import type { Cluster } from '../model/cluster.ts';
import { environmentOf, textOf } from '../model/container-env.ts';
import type { Environment, Value } from '../model/container-env.ts';
import { at, listAt, objectAt, stringAt } from '../model/json.ts';
import type { Json, JsonObject, Path } from '../model/json.ts';
import type { Kind } from '../model/kinds.ts';
import { nameOf } from '../model/manifest.ts';
import type { Manifest } from '../model/manifest.ts';
import type { PatchOperation } from '../model/patch.ts';
import { jsonPointer } from '../model/path.ts';
import { podTemplatesOf, POD_TEMPLATE_KINDS } from '../model/workload.ts';
import type { PodTemplate } from '../model/workload.ts';
import type { Check, Data, Effect, Finding } from '../policy/check.ts';
import { clusterNameservers } from './cluster-dns.ts';
import { ownContainer, processesOf, settingEnv, settingFlag, stepped } from './container-patch.ts';
import type { Process } from './container-patch.ts';
import { flagOccurrence } from './flag-occurrence.ts';
import type { FlagOccurrence } from './flag-occurrence.ts';
import { listensAt, podAddressOf, written } from './pod-address.ts';
import type { PodAddress } from './pod-address.ts';
import { serverBinds } from './server-bind.ts';
import type { ServerBind } from './server-bind.ts';

/** What the policy's document and the operator's settings may say. */
export interface ServerHostParams {
  /** What a fix writes: 127.0.0.1, or the pod's address by the downward API. */
  readonly prefer?: 'loopback' | 'podIP';
}

const VARIABLE = 'SELDON_SERVER_HOST';
const FLAG = 'inference-host';
/** What the stock agent dials when it is told nothing (scheduler/cmd/agent/cli/flags.go:32). */
const STOCK_DEFAULT = '0.0.0.0';
/** A release of Seldon's own image, from whatever registry; it reads no SELDON_SERVER_HOST. */
const STOCK_IMAGE = /^(?:.*\/)?seldonio\/seldon-agent:(?:latest|v?\d+\.\d+\.\d+(?:-rc\d+)?)$/;

/** What an agent is told of its inference server's host, and by what. */
interface Host {
  readonly process: Process;
  readonly environment: Environment;
  readonly source: typeof VARIABLE | `--${typeof FLAG}`;
  readonly flag: FlagOccurrence | undefined;
  /** Undefined where it is told nothing and takes its default. */
  readonly value: Value | undefined;
  readonly address: PodAddress;
}

interface Fault {
  readonly problem: string;
  readonly host: Host;
  readonly data: Data;
  /** The settings of the server that have to change before any address of the pod is right. */
  readonly cure?: Cure;
  readonly effect?: Effect;
  readonly unknown?: true;
}

/** What the agent is to be told instead. */
interface Cure {
  readonly target: 'loopback' | 'podIP';
  readonly rebinds: readonly ServerBind[];
}

/** Triton has two settings for where it listens; a patch of many more is none that a person would paste. */
const MOST_REBINDS = 4;
/** More than a person reads; what is left is found once these are cured. */
const MOST_FAULTS = 50;
const COMMON = ['origin', 'place', 'container', 'source', 'value'];

/** Whether agents look for their inference server in their own pod, and where it listens. */
export const serverHost: Check<ServerHostParams> = {
  name: 'server-host',
  needs: [...new Set<Kind>([...POD_TEMPLATE_KINDS, 'Service'])],
  params: {
    type: 'object',
    additionalProperties: false,
    properties: {
      prefer: {
        enum: ['loopback', 'podIP'],
        description: "What a fix writes: 127.0.0.1, or the pod's own address",
      },
    },
  },
  problems: {
    /** A Service, another host, or nothing that is one. */
    elsewhere: [...COMMON, 'what', 'aside', 'cure'],
    /** The pod itself, but an address at which the server does not listen. */
    'not-bound': [...COMMON, 'server', 'setting', 'bound', 'cure'],
    'not-readable': [...COMMON, 'because'],
    /** Right, and without effect. */
    'not-read': [...COMMON, 'image'],
  },
  *evaluate({ object, cluster }, params) {
    for (const template of podTemplatesOf(object, cluster)) yield* judge(object, template, cluster, params);
  },
};

function* judge(
  manifest: Manifest,
  template: PodTemplate,
  cluster: Cluster,
  params: ServerHostParams,
): Iterable<Finding> {
  const faults = [...take(faultsOf(template, cluster, params))];
  if (faults.length === 0) return;
  const { base } = template;
  const below =
    base === undefined
      ? []
      : [
          ...faultsOf(
            { ...template, spec: objectAt(base.manifest.object, ...base.path), missing: undefined },
            cluster,
            params,
          ),
        ].map(keyOf);
  for (const fault of faults) {
    const standing = base !== undefined && below.includes(keyOf(fault));
    const fix = fixOf(fault, manifest.object, template);
    yield {
      problem: fault.problem,
      field: fieldOf(fault.host, manifest.object, template),
      data: {
        origin: nameOf(standing ? base.manifest : manifest),
        place: nameOf(manifest),
        container: fault.host.process.name,
        source: fault.host.source,
        value: valueOf(fault.host),
        ...(fault.cure === undefined ? {} : { cure: cureWords(fault.host, fault.cure) }),
        ...fault.data,
      },
      key: keyOf(fault),
      ...(standing ? { standing } : {}),
      ...(fault.effect === undefined ? {} : { effect: fault.effect }),
      ...(fault.unknown === undefined ? {} : { unknown: fault.unknown }),
      ...(fix === undefined || fix.length === 0 ? {} : { fix }),
    };
  }
}

function* take(faults: Iterable<Fault>): Iterable<Fault> {
  let left = MOST_FAULTS;
  for (const fault of faults) {
    if (left === 0) return;
    left -= 1;
    yield fault;
  }
}

/** The same container, setting and value are the same fault, whatever image or Services there are meanwhile. */
function keyOf({ problem, host, data }: Fault): string {
  return [problem, host.process.name, host.source, valueOf(host), data['setting'], data['bound']].join('\n');
}

function valueOf({ value }: Host): string {
  return value === undefined ? `${STOCK_DEFAULT}, its default` : written(value);
}

function* faultsOf(template: PodTemplate, cluster: Cluster, params: ServerHostParams): Iterable<Fault> {
  let binds: readonly ServerBind[] | undefined;
  for (const process of processesOf(template.spec)) {
    if (!isTold(process.container) && !isStockAgent(process)) continue;
    const host = hostOf(process, template);
    if (host === undefined) continue;
    binds ??= serverBinds(template.spec);
    yield* hostFaults(host, binds, template, cluster, params);
  }
}

/** Whether a container may be told where its server is: most are not, and need no closer look. */
function isTold(container: Json): boolean {
  const mayBeFlag = (text: Json): boolean =>
    typeof text === 'string' && (text.includes(FLAG) || text.includes('$('));
  return (
    listAt(container, 'env').some((entry) => stringAt(entry, 'name') === VARIABLE) ||
    listAt(container, 'args').some(mayBeFlag) ||
    listAt(container, 'command').some(mayBeFlag)
  );
}

/** What the container's agent is told: the flag comes before the variable, and an empty variable counts as unset. */
function hostOf(process: Process, template: PodTemplate): Host | undefined {
  const environment = environmentOf(process.container);
  const flag = flagOccurrence(process.container, FLAG, environment);
  const value = flag?.value ?? environment.get(VARIABLE);
  const host: Host = {
    process,
    environment,
    flag,
    value,
    source: flag === undefined ? VARIABLE : `--${FLAG}`,
    // Go dials the local system where the host is empty (go doc net.Dial).
    address: { at: 'localhost' },
  };
  if (flag !== undefined && flag.value.length === 0) return host;
  if (value !== undefined && value.length > 0) return { ...host, address: addressOf(value, template) };
  return isStockAgent(process) && template.component === 'server' ? untold(host, template) : undefined;
}

function addressOf(value: Value, { spec, missing }: PodTemplate): PodAddress {
  // A variable that the fragment does not set may be set by what is not to be seen.
  if (missing !== undefined && textOf(value)?.includes('$(') === true)
    return {
      at: 'unknown',
      because: `refers to what ${missing} may set, which is not among the objects seen`,
    };
  return podAddressOf(value, spec);
}

function imageOf(process: Process): string {
  return stringAt(process.container, 'image') ?? '';
}

function isStockAgent(process: Process): boolean {
  return STOCK_IMAGE.test(imageOf(process));
}

function* hostFaults(
  host: Host,
  binds: readonly ServerBind[],
  template: PodTemplate,
  cluster: Cluster,
  params: ServerHostParams,
): Iterable<Fault> {
  const { address, process, source } = host;
  const unread = source === VARIABLE && isStockAgent(process);
  switch (address.at) {
    case 'unknown':
      yield {
        problem: 'not-readable',
        host,
        data: { because: `${source} ${address.because}` },
        unknown: true,
      };
      return;
    case 'node':
    case 'address':
    case 'name':
    case 'nowhere':
      yield {
        problem: 'elsewhere',
        host,
        data: {
          what: whatItIs(address, host, template, cluster),
          aside: unread
            ? ` The image ${imageOf(process)} does not read ${VARIABLE}; the flag that it reads is --${FLAG}.`
            : '',
        },
        cure: cureFor(host, binds, params),
      };
      return;
    default:
  }
  yield* bindFaults(host, binds, template, params);
  if (!unread || binds.some((bind) => listensAt(bind.address, address) === false)) return;
  yield { problem: 'not-read', host, data: { image: imageOf(process) } };
  // What the agent dials in truth; it was told otherwise, so that the word for it is a warning.
  const told = untold(host, template);
  for (const fault of bindFaults(told, binds, template, params)) yield { ...fault, effect: 'warn' };
}

/** The stock agent when it is told nothing that it reads. */
function untold(host: Host, { spec }: PodTemplate): Host {
  return {
    ...host,
    source: `--${FLAG}`,
    flag: undefined,
    value: undefined,
    address: podAddressOf([STOCK_DEFAULT], spec),
  };
}

function* bindFaults(
  host: Host,
  binds: readonly ServerBind[],
  template: PodTemplate,
  params: ServerHostParams,
): Iterable<Fault> {
  const deaf = binds.find((bind) => listensAt(bind.address, host.address) === false);
  const { missing } = template;
  if (deaf !== undefined && deaf.process === undefined && missing !== undefined) {
    yield {
      problem: 'not-readable',
      host,
      data: {
        because: `where the server listens is for ${missing} to say, which is not among the objects seen`,
      },
      unknown: true,
    };
  } else if (deaf !== undefined) {
    yield {
      problem: 'not-bound',
      host,
      data: { server: serverName(deaf), setting: deaf.setting, bound: deaf.bound },
      cure: cureFor(host, binds, params),
    };
  } else {
    const dark = binds.find((bind) => bind.address.at === 'unknown');
    if (dark?.address.at !== 'unknown' || host.value === undefined) return;
    yield {
      problem: 'not-readable',
      host,
      data: { because: `${dark.setting} of ${serverName(dark)} ${dark.address.because}` },
      unknown: true,
    };
  }
}

function serverName({ process }: ServerBind): string {
  return process === undefined ? 'the server' : `container ${process.name}`;
}

/** What a value that is not the pod is, as far as the picture tells. */
function whatItIs(address: PodAddress, host: Host, template: PodTemplate, cluster: Cluster): string {
  switch (address.at) {
    case 'node':
      return 'the address of the node';
    case 'address': {
      const service = clusterNameservers(cluster, []).serviceAt(address.address);
      return service === undefined ? 'a fixed address' : `the address of ${nameOf(service)}`;
    }
    case 'name': {
      const [name = '', namespace = template.namespace, svc] = address.name.split('.');
      const service =
        svc === undefined || svc === 'svc' ? cluster.get('Service', namespace, name) : undefined;
      if (service !== undefined) return `the name of ${nameOf(service)}`;
      return svc === 'svc' ? 'the name of a Service' : 'a name outside the pod';
    }
    default:
      return /\$\(\w+_SERVICE_HOST\)/.test(valueOf(host))
        ? 'the address of a Service'
        : 'neither a host name nor an address';
  }
}

const TARGETS: Readonly<Record<Cure['target'], PodAddress>> = {
  loopback: { at: 'loopback', address: '127.0.0.1' },
  podIP: { at: 'pod' },
};

/**
 * The preferred address if the server listens there, else the other one, else the preferred and a server that listens.
 * An agent that is told nothing stays so: then it is the server that has to listen.
 */
function cureFor(host: Host, binds: readonly ServerBind[], { prefer = 'loopback' }: ServerHostParams): Cure {
  const deafTo = (address: PodAddress): ServerBind[] =>
    binds.filter((bind) => listensAt(bind.address, address) === false);
  if (host.value === undefined) return { target: prefer, rebinds: deafTo(host.address) };
  const other = prefer === 'loopback' ? 'podIP' : 'loopback';
  const target = deafTo(TARGETS[prefer]).length > 0 && deafTo(TARGETS[other]).length === 0 ? other : prefer;
  return { target, rebinds: deafTo(TARGETS[target]) };
}

function cureWords({ process, source, value }: Host, { target, rebinds }: Cure): string {
  const own = `${source} of container ${process.name} to ${target === 'loopback' ? '127.0.0.1' : 'status.podIP'}`;
  const server = rebinds.map((bind) => `${bind.setting} of ${serverName(bind)} to 0.0.0.0`);
  return [...(value === undefined ? [] : [own]), ...server].join(' and ');
}

const POD_IP: JsonObject = { fieldRef: { fieldPath: 'status.podIP' } };

function fixOf(fault: Fault, object: JsonObject, template: PodTemplate): PatchOperation[] | undefined {
  if (fault.problem === 'not-read')
    return removable(template) ? removingVariable(fault.host, object, template) : undefined;
  const { cure, host } = fault;
  if (cure === undefined) return undefined;
  if (cure.rebinds.length > MOST_REBINDS) return undefined;
  const steps: ((now: JsonObject) => PatchOperation[] | undefined)[] = [
    ...(host.value === undefined ? [] : settingHost(host, cure.target, template)),
    ...cure.rebinds.map((bind) => (now: JsonObject) => rebinding(bind, now, template)),
  ];
  return inTurn(object, steps);
}

/** The operations of several steps, each on what those before it have made; undefined where one is not possible. */
function inTurn(
  object: JsonObject,
  steps: readonly ((now: JsonObject) => PatchOperation[] | undefined)[],
): PatchOperation[] | undefined {
  const operations: PatchOperation[] = [];
  let now = object;
  for (const [i, step] of steps.entries()) {
    const next = step(now);
    if (next === undefined) return undefined;
    operations.push(...next);
    if (i + 1 < steps.length) now = stepped(now, next);
  }
  return operations;
}

function settingHost(
  { flag, process, environment }: Host,
  target: Cure['target'],
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
  { process }: Host,
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

/** Where the judged object says it; where only the configuration below does, the nearest place that it has. */
function fieldOf({ process, flag }: Host, object: JsonObject, template: PodTemplate): Path {
  const own = ownContainer(object, template, process);
  if (own === undefined) return template.path;
  const container = at(object, ...own);
  const environment = environmentOf(process.container);
  if (flag !== undefined) {
    const mine = flagOccurrence(container, FLAG, environment);
    return mine?.list === flag.list ? [...own, mine.list, mine.index] : own;
  }
  const index = environmentOf(container).indexOf(VARIABLE);
  return index === undefined ? own : [...own, 'env', index];
}
