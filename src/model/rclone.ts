import { environmentOf, mayComeFromOutside, sourceName, textOf, written } from './container-env.ts';
import { flagOccurrence } from './flag-occurrence.ts';
import { listAt } from './json.ts';
import type { JsonObject } from './json.ts';
import type { PortSetting } from './port-setting.ts';
import { processesOf } from './process.ts';
import type { Process } from './process.ts';
import type { PodTemplate } from './workload.ts';

/** The container that fetches models, as upstream's ServerConfigs call it. */
const NAME = 'rclone';
const FLAG = 'rc-addr';
/** Every flag of rclone's has such a variable, which comes after the flag (rclone.org/docs, "Environment Variables"). */
const VARIABLE = 'RCLONE_RC_ADDR';
/** Where Seldon's image listens (scheduler/Dockerfile.rclone), and rclone by itself (rclone.org/commands/rclone_rcd). */
const USUAL = 5572;

/** The containers of a pod that fetch models for the agent beside them. */
export function rclonesOf(spec: JsonObject): readonly Process[] {
  return processesOf(spec).filter(({ name }) => name === NAME);
}

/**
 * The port at which rclone listens: that of its address, of its variable where the manifest writes the command and no
 * address, else the usual one. Of several addresses rclone listens at every one.
 */
export function rclonePort(process: Process, { missing }: PodTemplate): PortSetting {
  const { container } = process;
  const environment = environmentOf(container);
  const words = [...listAt(container, 'command'), ...listAt(container, 'args')].filter(
    (word) => typeof word === 'string',
  );
  const flag = flagOccurrence(container, FLAG, environment);
  const byVariable = flag === undefined && words.length > 0 && environment.get(VARIABLE) !== undefined;
  const value = flag?.value ?? (byVariable ? environment.get(VARIABLE) : undefined);
  const where = {
    process,
    setting: byVariable ? VARIABLE : `--${FLAG}`,
    variable: undefined,
    flag: flag === undefined ? undefined : FLAG,
    value,
    usual: USUAL,
  };
  const unknown = (because: string): PortSetting => ({
    ...where,
    port: undefined,
    because,
    text: value === undefined ? 'not set' : written(value),
  });
  if (value === undefined) {
    if (missing !== undefined)
      return unknown(`is for ${missing} to say, which is not among the objects seen`);
    if (words.length > 0 && words.every((word) => !word.includes('rcd')))
      return unknown('stands in a command that cannot be seen');
    if (words.length > 0 && mayComeFromOutside(container, VARIABLE)) return unknown('may come from envFrom');
    return { ...where, port: USUAL, because: undefined, text: `${String(USUAL)}, its default` };
  }
  if (words.filter((word) => word.includes(`-${FLAG}`)).length > 1)
    return unknown('stands there more than once');
  const text = textOf(value);
  const source = value.find((part) => typeof part !== 'string');
  if (text === undefined)
    return unknown(`comes from ${typeof source === 'object' ? sourceName(source) : ''}`);
  const port = Number(/:(\d{1,5})$/.exec(text)?.[1] ?? 0);
  return port > 0 && port < 65_536
    ? { ...where, port, because: undefined, text: written(value) }
    : unknown(`is ${text === '' ? '""' : written(value)}, in which no port can be seen`);
}

/** The address at which rclone is told to listen, with another port. */
export function rcloneAddress({ value }: PortSetting, port: number): string {
  const host = /^(.*:)\d+$/.exec(value === undefined ? '' : (textOf(value) ?? ''))?.[1];
  return `${host ?? '0.0.0.0:'}${String(port)}`;
}
