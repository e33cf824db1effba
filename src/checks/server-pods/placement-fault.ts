import type { Cluster } from '../../model/cluster.ts';
import { stringAt } from '../../model/json.ts';
import type { Path } from '../../model/json.ts';
import { nameOf } from '../../model/manifest.ts';
import type { Manifest } from '../../model/manifest.ts';
import { modelServersIn } from '../../model/model-servers.ts';
import type { ModelServer } from '../../model/model-servers.ts';
import { nearest } from '../../model/nearest.ts';
import type { PatchOperation } from '../../model/patch.ts';
import { jsonPointer } from '../../model/path.ts';
import { firstOf } from '../../model/words.ts';
import type { Finding } from '../../policy/check.ts';
import { meant, plainName, requirementsOf, sameThing } from './model-requirement.ts';
import type { Requirement } from './model-requirement.ts';
import { bestOf, fitOf, unseenOf } from './server-fit.ts';
import type { Fit } from './server-fit.ts';

type Names = Readonly<Record<string, string>>;

/** More names than a person reads. */
const MOST_NAMES = 5;
const SERVER_FIELD: Path = ['spec', 'server'];

/** Why the scheduler finds no Server for a Model, if it finds none. */
export function* placementFaults(model: Manifest, cluster: Cluster, otherNames: Names): Iterable<Finding> {
  const requirements = requirementsOf(model.object);
  const pin = stringAt(model.object, 'spec', 'server') || undefined;
  if (pin === undefined && requirements.length === 0) return;
  const all = modelServersIn(cluster, model.namespace);
  const servers = pin === undefined ? all : all.filter(({ name }) => name === pin);
  const fits = servers.map((server) => fitOf(server, requirements));
  if (fits.some(({ server, lacking }) => !server.off && lacking?.length === 0)) return;

  const unseen = unseenOf(model, pin, fits, cluster);
  const best = unseen === undefined ? bestOf(fits) : undefined;
  const capabilities = best?.server.capabilities.known === true ? best.server.capabilities.names : [];
  const fix = best && fixOf(best.lacking ?? [], capabilities, otherNames);
  const lacking = best?.lacking ?? requirements;
  for (const { name, path } of lacking) {
    const plain = plainName(name);
    if (plain === undefined || fits.some((fit) => fit.lacking?.every((each) => each.name !== name))) continue;
    yield {
      problem: 'version',
      field: path,
      data: { model: nameOf(model), requirement: name, name: plain },
      ...fix,
    };
  }
  const data = { model: nameOf(model), namespace: model.namespace };
  if (unseen !== undefined)
    yield {
      problem: 'not-seen',
      field: pin === undefined ? ['spec', 'requirements'] : SERVER_FIELD,
      data: { model: data.model, because: unseen },
      unknown: true,
    };
  else if (best !== undefined) yield* misfit(best, fits.length, data.model, otherNames, fix);
  else if (pin === undefined)
    yield {
      problem: 'no-server',
      field: ['spec', 'requirements'],
      data: { ...data, requirements: listed(requirements) },
    };
  else yield noSuchServer(pin, all, data);
}

function* misfit(
  { server, lacking = [] }: Fit,
  among: number,
  model: string,
  otherNames: Names,
  fix: { fix: PatchOperation[] } | undefined,
): Iterable<Finding> {
  const { capabilities, source } = server;
  if (server.off)
    yield { problem: 'switched-off', field: SERVER_FIELD, data: { model, server: nameOf(source) } };
  const plain = lacking.filter(({ name }) => plainName(name) === undefined);
  const [first, ...others] = plain;
  if (first === undefined || !capabilities.known) return;
  const hints = plain.flatMap(({ name }) => {
    const near = meant(name, capabilities.names, otherNames);
    return near === undefined ? [] : [`${near} for ${name}`];
  });
  yield {
    problem: 'not-advertised',
    field: first.path,
    data: {
      model,
      server: nameOf(source),
      among: among > 1 ? `, the nearest of ${among},` : '',
      lacking: listed(plain),
      first: first.name,
      more: others.length === 0 ? '' : ` and ${others.length} more`,
      advertised: capabilities.names.join(', '),
      aside: hints.length === 0 ? '' : ` (${hints.join(', ')})`,
    },
    key: ['not-advertised', model, ...plain.map(({ name }) => name)].join('\n'),
    ...fix,
  };
}

function noSuchServer(
  pin: string,
  all: readonly ModelServer[],
  data: { readonly model: string; readonly namespace: string },
): Finding {
  const names = all.map(({ name }) => name);
  return {
    problem: 'no-such-server',
    field: SERVER_FIELD,
    data: {
      ...data,
      server: pin,
      others: names.length === 0 ? 'none' : firstOf(names, MOST_NAMES),
      other: nearest(pin, names) ?? `a Server of namespace ${data.namespace}`,
    },
    key: ['no-such-server', data.model, pin].join('\n'),
  };
}

/** Every requirement that is lacking replaced by the capability of the same thing; none, where one has no such. */
function fixOf(
  lacking: readonly Requirement[],
  capabilities: readonly string[],
  otherNames: Names,
): { fix: PatchOperation[] } | undefined {
  const operations: PatchOperation[] = [];
  for (const { name, path } of lacking) {
    const same = sameThing(name, capabilities, otherNames);
    if (same === undefined || path.at(-1) === 'explainer') return undefined;
    operations.push({ op: 'replace', path: jsonPointer(path), value: same });
  }
  return operations.length === 0 ? undefined : { fix: operations };
}

function listed(requirements: readonly Requirement[]): string {
  return requirements.map(({ name }) => name).join(', ');
}
