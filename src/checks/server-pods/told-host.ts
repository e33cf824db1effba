import { environmentOf, mayComeFromOutside, textOf, valueFor, written } from '../../model/container-env.ts';
import type { Environment, Value } from '../../model/container-env.ts';
import { flagOccurrence } from '../../model/flag-occurrence.ts';
import type { FlagOccurrence } from '../../model/flag-occurrence.ts';
import { listAt, stringAt } from '../../model/json.ts';
import type { Json } from '../../model/json.ts';
import { processesOf } from '../../model/process.ts';
import type { Process } from '../../model/process.ts';
import { isAgent, isServerPod, isStockAgent } from '../../model/server-pod.ts';
import type { PodTemplate } from '../../model/workload.ts';
import { podAddressOf } from './pod-address.ts';
import type { PodAddress } from './pod-address.ts';

/** What an agent is told of its inference server's host, and by what. */
export interface ToldHost {
  readonly process: Process;
  readonly environment: Environment;
  readonly source: typeof VARIABLE | `--${typeof FLAG}`;
  readonly flag: FlagOccurrence | undefined;
  /** Undefined where it is told nothing and takes its default. */
  readonly value: Value | undefined;
  readonly address: PodAddress;
}

/** The variable by which an agent is told. */
export const VARIABLE = 'SELDON_SERVER_HOST';
/** The flag by which an agent is told. */
export const FLAG = 'inference-host';
/** What the stock agent dials when it is told nothing (scheduler/cmd/agent/cli/flags.go:32). */
export const STOCK_DEFAULT = '0.0.0.0';

/** What the container's agent is told: the flag comes before the variable, and an empty variable counts as unset. */
export function hostOf(process: Process, template: PodTemplate): ToldHost | undefined {
  const fromOutside = asksOutside(process) && seesServer(template);
  if (!mayBeTold(process) && !fromOutside) return undefined;
  const environment = environmentOf(process.container);
  const flag = flagOccurrence(process.container, FLAG, environment);
  const value =
    flag?.value ??
    (fromOutside ? valueFor(VARIABLE, process.container, environment) : environment.get(VARIABLE));
  const host: ToldHost = {
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

/** Whether a container of the pod may be told where its server is: that is what makes its workload one of ours. */
export function tellsHost(template: PodTemplate): boolean {
  const processes = processesOf(template.spec);
  return processes.some(mayBeTold) || (processes.some(asksOutside) && seesServer(template));
}

/** Whether it is a pod of a Server, and all of it to be seen: what a fragment does not say is left as it is. */
function seesServer(template: PodTemplate): boolean {
  return template.missing === undefined && isServerPod(template);
}

/** Whether it is an agent that reads the variable, if it is Seldon's, and envFrom may set that. */
function asksOutside(process: Process): boolean {
  return isAgent(process) && !isStockAgent(process) && mayComeFromOutside(process.container, VARIABLE);
}

/** Most containers are told no such thing, and need no closer look. */
function mayBeTold(process: Process): boolean {
  const { container } = process;
  const mayBeFlag = (text: Json): boolean =>
    typeof text === 'string' && (text.includes(FLAG) || text.includes('$('));
  return (
    isStockAgent(process) ||
    listAt(container, 'env').some((entry) => stringAt(entry, 'name') === VARIABLE) ||
    listAt(container, 'args').some(mayBeFlag) ||
    listAt(container, 'command').some(mayBeFlag)
  );
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

/** The stock agent when it is told nothing that it reads. */
export function untold(host: ToldHost, { spec }: PodTemplate): ToldHost {
  return {
    ...host,
    source: `--${FLAG}`,
    flag: undefined,
    value: undefined,
    address: podAddressOf([STOCK_DEFAULT], spec),
  };
}

/** The value as a person would write it. */
export function valueOf({ value }: ToldHost): string {
  return value === undefined ? `${STOCK_DEFAULT}, its default` : written(value);
}
