import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { isObject, objectAt } from '../model/json.ts';
import type { Json, JsonObject } from '../model/json.ts';
import type { ApiServer } from '../sources/api-server.ts';
import { Faults } from '../sources/faults.ts';
import { connect } from '../sources/kubeconfig.ts';
import { switchedOff, switchedOn } from '../upkeep/off-switch.ts';
import { CONFIGURATIONS, changeConfiguration, configurationPath } from '../upkeep/webhook-configurations.ts';

export interface SwitchOptions {
  readonly kubeconfig?: string;
  readonly context?: string;
  /** The name of the webhook configurations. */
  readonly webhooks: string;
}

export interface OffOptions extends SwitchOptions {
  /** Where to keep the configurations that are removed. */
  readonly remove?: string;
}

export interface OnOptions extends SwitchOptions {
  /** What `off --remove` has kept. */
  readonly restore?: string;
}

/**
 * `seldon-guard off`: the guard is out of the way at once, whatever state it is in. Webhook configurations are no business
 * of webhooks themselves, so nothing that is broken can keep it from that. Answers 0 when it is off.
 */
export async function off(options: OffOptions): Promise<number> {
  const api = await apiOf(options);
  if (options.remove !== undefined) return remove(api, options.webhooks, options.remove);
  const found = await turn(api, options.webhooks, 'off', switchedOff);
  if (found === 0) say(`no webhook configurations are called ${options.webhooks}: nothing is in the way`);
  else say(`Requests are no longer sent to the guard. Put it back with: seldon-guard on`);
  return 0;
}

/** `seldon-guard on`: puts the guard back as it was before `off`. Answers 0 when it is on, 1 where there is nothing to put back. */
export async function on(options: OnOptions): Promise<number> {
  const api = await apiOf(options);
  if (options.restore !== undefined) return restore(api, options.restore);
  const found = await turn(api, options.webhooks, 'on', switchedOn);
  if (found > 0) return 0;
  say(
    `no webhook configurations are called ${options.webhooks}: restore the file that off --remove wrote (--restore), or install the chart again`,
  );
  return 1;
}

/** Switches the configurations of a name one way, and says how each is now; answers how many there are. */
async function turn(
  api: ApiServer,
  name: string,
  way: 'off' | 'on',
  change: (configuration: JsonObject) => JsonObject,
): Promise<number> {
  let found = 0;
  for (const configuration of CONFIGURATIONS) {
    const result = await changeConfiguration(api, configuration, name, change);
    if ('trouble' in result) throw new Faults([result.trouble]);
    if (result.outcome === 'absent') continue;
    found += 1;
    say(`${configuration.kind} ${name}: ${result.outcome === 'changed' ? way : `${way} already`}`);
  }
  return found;
}

async function remove(api: ApiServer, name: string, file: string): Promise<number> {
  const kept: JsonObject[] = [];
  for (const configuration of CONFIGURATIONS) {
    const found = await api.get(configurationPath(configuration, name));
    // As it was before off, where that came first: on --restore puts the guard back, not the way it was out of.
    if (found.ok) kept.push(asApplied(switchedOn(objectAt(found.body)), configuration.kind));
    else if (found.status !== 404) throw new Faults([found.trouble]);
  }
  if (kept.length === 0) {
    say(`no webhook configurations are called ${name}: nothing is in the way`);
    return 0;
  }
  if (existsSync(file))
    throw new Faults([`--remove ${file} exists: name a file that does not, so that nothing is lost`]);
  // Kept before anything is removed.
  writeFileSync(file, `${JSON.stringify({ apiVersion: 'v1', kind: 'List', items: kept }, null, 2)}\n`);
  for (const configuration of CONFIGURATIONS) {
    const answer = await api.send(configurationPath(configuration, name), { method: 'DELETE' });
    if (!answer.ok && answer.status !== 404) throw new Faults([answer.trouble]);
  }
  say(`Removed, and kept in ${file}. Put them back with: seldon-guard on --restore ${file}`);
  return 0;
}

async function restore(api: ApiServer, file: string): Promise<number> {
  for (const item of itemsIn(file)) {
    const configuration = CONFIGURATIONS.find(({ kind }) => kind === item['kind']);
    const { name } = objectAt(item, 'metadata');
    if (configuration === undefined || typeof name !== 'string')
      throw new Faults([`${file} is not what off --remove writes`]);
    const path = configurationPath(configuration, name).replace(/\/[^/]+$/, '');
    const answer = await api.send(path, { method: 'POST', body: item });
    if (!answer.ok && answer.status !== 409) throw new Faults([answer.trouble]);
    say(`${configuration.kind} ${name}: ${answer.ok ? 'on' : 'there already'}`);
  }
  return 0;
}

function itemsIn(file: string): JsonObject[] {
  try {
    const { items } = JSON.parse(readFileSync(file, 'utf8')) as { items?: Json };
    if (Array.isArray(items)) return items.filter(isObject);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== undefined) throw new Faults([`--restore ${file} cannot be read (${code})`]);
  }
  throw new Faults([`--restore ${file} is not what off --remove writes`]);
}

/** Without what the API server has written into it. */
function asApplied(configuration: Json, kind: string): JsonObject {
  const { name, labels, annotations } = objectAt(configuration, 'metadata');
  const metadata = {
    name,
    ...(labels === undefined ? {} : { labels }),
    ...(annotations === undefined ? {} : { annotations }),
  };
  return { ...objectAt(configuration), apiVersion: 'admissionregistration.k8s.io/v1', kind, metadata };
}

async function apiOf({ kubeconfig, context }: SwitchOptions): Promise<ApiServer> {
  const connection = await connect({ kubeconfig, context });
  if ('problem' in connection) throw new Faults([connection.problem]);
  return connection.api;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
