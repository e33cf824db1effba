import { listAt, isObject, stringAt } from '../../model/json.ts';
import type { JsonObject, Path } from '../../model/json.ts';
import { nearest } from '../../model/nearest.ts';

/** Something that a Model requires of the Server that it is placed on, and what of the Model says so. */
export interface Requirement {
  readonly name: string;
  readonly path: Path;
}

/** What every explainer needs (scheduler/pkg/scheduler/filters/explainer.go). */
const EXPLAINER = 'alibi-explain';

/**
 * What a Model requires: its requirements, its modelType, which the operator puts behind them (model_types.go,
 * AsSchedulerModel), and what an explainer needs. The scheduler trims them (filters/serverrequirements.go).
 */
export function requirementsOf(model: JsonObject): Requirement[] {
  const requirements: Requirement[] = [];
  for (const [index, name] of listAt(model, 'spec', 'requirements').entries())
    if (typeof name === 'string')
      requirements.push({ name: name.trim(), path: ['spec', 'requirements', index] });
  const type = stringAt(model, 'spec', 'modelType');
  if (type !== undefined) requirements.push({ name: type.trim(), path: ['spec', 'modelType'] });
  if (isObject(model['spec']) && isObject(model['spec']['explainer']))
    requirements.push({ name: EXPLAINER, path: ['spec', 'explainer'] });
  return requirements;
}

/** Those of the requirements that are not among the capabilities, string for string (filters/serverrequirements.go). */
export function lackingOf(
  requirements: readonly Requirement[],
  capabilities: readonly string[],
): readonly Requirement[] {
  return requirements.filter(({ name }) => !capabilities.includes(name));
}

/** What pip reads as a name with extras, versions or a marker behind it (PEP 508); a capability has no such things. */
const WITH_VERSION = /^([A-Za-z0-9][\w.-]*?)\s*(?:\[[^\]]*\]\s*)?(?:[<>=!~;@]|\(|$)/;

/** The name in a requirement that is written for pip (`torch>=1.9`); undefined where it is a plain one. */
export function plainName(requirement: string): string | undefined {
  if (/^[\w./:+-]*$/.test(requirement)) return undefined;
  return WITH_VERSION.exec(requirement)?.[1];
}

/**
 * The capability that stands for the same thing as a requirement: the same letters in another case, without the
 * version, or its other name.
 */
export function sameThing(
  requirement: string,
  capabilities: readonly string[],
  otherNames: Readonly<Record<string, string>>,
): string | undefined {
  const plain = (plainName(requirement) ?? requirement).toLowerCase();
  const other = Object.hasOwn(otherNames, plain) ? otherNames[plain] : undefined;
  return capabilities.find((name) => name.toLowerCase() === plain || name === other);
}

/** The capability that was most likely meant. */
export function meant(
  requirement: string,
  capabilities: readonly string[],
  otherNames: Readonly<Record<string, string>>,
): string | undefined {
  return (
    sameThing(requirement, capabilities, otherNames) ??
    nearest(plainName(requirement) ?? requirement, capabilities)
  );
}
