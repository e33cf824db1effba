import { listAt, numberAt } from '../../model/json.ts';
import type { Json, JsonObject, Path } from '../../model/json.ts';
import { at } from '../../model/json.ts';
import type { PatchOperation } from '../../model/patch.ts';
import { jsonPointer } from '../../model/path.ts';
import type { PortSetting } from '../../model/port-setting.ts';
import type { Process } from '../../model/process.ts';
import type { PodTemplate } from '../../model/workload.ts';
import { addingArgument, inTurn, ownContainer, settingEnv, settingFlag } from './container-patch.ts';
import type { Cure } from './pod-findings.ts';

/** Tells processes another port: one, or two that have to agree. */
export function tellingPort(settings: readonly PortSetting[], port: number): Cure {
  const names = settings.map(({ setting, variable, process }) => {
    const name = setting.startsWith('--') && variable !== undefined ? variable : setting;
    return `${name} of container ${process.name}`;
  });
  return {
    words: `${names.join(' and ')} to ${String(port)}`,
    patch: (object, template) =>
      inTurn(
        object,
        settings.map((setting) => (now: JsonObject) => tell(setting, String(port), now, template)),
      ),
  };
}

function tell(
  { process, variable, flag }: PortSetting,
  value: string,
  now: JsonObject,
  template: PodTemplate,
): PatchOperation[] | undefined {
  if (variable !== undefined) return settingEnv(now, template, process, { name: variable, value });
  return flag === undefined ? undefined : settingFlag(now, template, process, flag, value);
}

/** Gives a process another value for a flag, which it need not have yet. */
export function tellingByFlag({ process, setting, flag }: PortSetting, value: string): Cure {
  return {
    words: `${setting} of container ${process.name} to ${value}`,
    patch(object, template) {
      if (flag !== undefined) return settingFlag(object, template, process, flag, value);
      return setting.startsWith('--')
        ? addingArgument(object, template, process, `${setting}=${value}`)
        : undefined;
    },
  };
}

/** Writes a field of the container that the judged object has already: a probe's port, a hook's. */
export function writing(process: Process, path: Path, value: string | number, words: string): Cure {
  return {
    words,
    patch(object, template) {
      const own = ownContainer(object, template, process);
      if (own === undefined || at(object, ...own, ...path) === undefined) return undefined;
      return [{ op: 'replace', path: jsonPointer([...own, ...path]), value }];
    },
  };
}

/** Gives an entry of a container's ports another number. */
export function declaring(process: Process, index: number, port: number): Cure {
  const name = portWords(process, index);
  return {
    words: `${name} to ${String(port)}`,
    patch(object, template) {
      const entry = ownPort(object, template, process, index);
      return entry === undefined
        ? undefined
        : [{ op: 'replace', path: jsonPointer([...entry, 'containerPort']), value: port }];
    },
  };
}

/** Takes an entry out of a container's ports. */
export function undeclaring(process: Process, index: number): Cure {
  return {
    words: portWords(process, index),
    patch(object, template) {
      const entry = ownPort(object, template, process, index);
      return entry === undefined ? undefined : [{ op: 'remove', path: jsonPointer(entry) }];
    },
  };
}

function portWords({ container, name }: Process, index: number): string {
  return `containerPort ${String(numberAt(container, 'ports', index, 'containerPort') ?? '')} of container ${name}`;
}

/** Where the judged object writes an entry of the effective ports: what it lays over a list follows that list. */
function ownPort(
  object: JsonObject,
  template: PodTemplate,
  process: Process,
  index: number,
): Path | undefined {
  const own = ownContainer(object, template, process);
  if (own === undefined) return undefined;
  const below = listAt(process.container, 'ports').length - listAt(object, ...own, 'ports').length;
  return index < below ? undefined : [...own, 'ports', index - below];
}

/** The field of an entry of the effective ports in the container as the judged object writes it. */
export function portWithin(
  process: Process,
  index: number,
): (container: Json | undefined) => Path | undefined {
  return (container) => {
    const below = listAt(process.container, 'ports').length - listAt(container, 'ports').length;
    return index < below ? undefined : ['ports', index - below];
  };
}
