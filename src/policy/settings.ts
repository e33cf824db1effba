import type { JsonObject } from '../model/json.ts';
import type { Effect } from './check.ts';
import type { Catalogue } from './catalogue.ts';
import { schemaFaults } from './schema.ts';
import { holdsAt, isDay, isReason } from './waiver.ts';
import type { Waiver } from './waiver.ts';

/** An effect, or no judgement at all. */
export type ChosenEffect = Effect | 'off';

/** What an operator chose for one policy. */
export interface PolicySettings {
  readonly effect?: ChosenEffect;
  /** By namespace, before `effect`. */
  readonly namespaces?: Readonly<Record<string, ChosenEffect>>;
  /** Parameters of the policy's check; each named one replaces the default. */
  readonly params?: JsonObject;
}

/** What an operator can choose. */
export interface Settings {
  readonly policies: Readonly<Record<string, PolicySettings>>;
  readonly waivers: readonly Waiver[];
  /** What a check that throws does to the request. */
  readonly onError: 'warn' | 'deny';
  /** Folders with policies of the user's own, beside those that come with the guard; relative to the settings. */
  readonly policyFolders?: readonly string[];
  /** The release of Seldon Core that runs (`2.9.1`), where its images do not tell. */
  readonly seldonVersion?: string;
}

/** The settings of somebody who chose nothing. */
export const DEFAULT_SETTINGS: Settings = { policies: {}, waivers: [], onError: 'warn' };

const effect = { enum: ['deny', 'fix', 'warn', 'record', 'off'] };
const text = { type: 'string', minLength: 1 };
/** What a settings file may hold (JSON Schema); the chart holds its values against the same. */
export const SETTINGS_SCHEMA: JsonObject = {
  type: 'object',
  additionalProperties: false,
  properties: {
    policies: {
      type: 'object',
      additionalProperties: {
        type: 'object',
        additionalProperties: false,
        properties: {
          effect,
          namespaces: { type: 'object', additionalProperties: effect },
          params: { type: 'object' },
        },
      },
    },
    waivers: {
      type: 'array',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['policy', 'reason'],
        properties: {
          policy: text,
          reason: text,
          owner: text,
          until: text,
          namespace: text,
          kind: text,
          name: text,
        },
      },
    },
    onError: { enum: ['warn', 'deny'] },
    policyFolders: { type: 'array', items: text },
    seldonVersion: { type: 'string' },
  },
};

/** Settings from their parsed file; the faults name the field, and the settings are only there without any. */
export function settingsOf(value: unknown): { settings?: Settings; faults: string[] } {
  const given = value ?? {};
  const faults = schemaFaults(SETTINGS_SCHEMA, given);
  if (faults.length > 0) return { faults };
  const chosen = given as Partial<Settings> & { waivers?: Omit<Waiver, 'source'>[] };
  for (const [i, waiver] of (chosen.waivers ?? []).entries())
    if (waiver.until !== undefined && !isDay(waiver.until))
      faults.push(`waivers.${i}.until: expected a day as YYYY-MM-DD, not ${waiver.until}`);
  for (const [i, waiver] of (chosen.waivers ?? []).entries())
    if (!isReason(waiver.reason))
      faults.push(`waivers.${i}.reason: expected why, not ${waiver.reason.trim() || 'blanks'}`);
  if (!/^2\.\d+\.\d+$/.test(chosen.seldonVersion ?? '2.0.0'))
    faults.push(`seldonVersion: expected a release such as 2.9.1, not ${chosen.seldonVersion ?? ''}`);
  if (faults.length > 0) return { faults };
  const waivers = (chosen.waivers ?? []).map((waiver) => ({ ...waiver, source: 'settings' }));
  return { settings: { ...DEFAULT_SETTINGS, ...chosen, waivers }, faults };
}

/** The parameters that settings change, by policy. */
export function parameterChanges(settings: Settings): Record<string, JsonObject> {
  return Object.fromEntries(
    Object.entries(settings.policies).flatMap(([id, { params }]) =>
      params === undefined ? [] : [[id, params]],
    ),
  );
}

/** Policies that settings or their waivers name and the catalogue does not have. */
export function unknownPolicies(settings: Settings, catalogue: Catalogue): string[] {
  const named = [...Object.keys(settings.policies), ...settings.waivers.map((waiver) => waiver.policy)];
  return named.filter((id) => !catalogue.policies.some((policy) => policy.id === id));
}

/** One sentence for each waiver that has ended: it no longer counts, and whoever wrote it may think that it does. */
export function endedWaivers(settings: Settings, now: number): string[] {
  return settings.waivers
    .filter((waiver) => !holdsAt(waiver, now))
    .map(({ policy, until }) => `the waiver of ${policy} does not count: it ended on ${until ?? ''}`);
}

/** The effect that settings choose for a policy in a namespace; undefined where they leave it to the policy. */
export function chosenEffect(
  settings: Settings,
  policy: string,
  namespace: string,
): ChosenEffect | undefined {
  const chosen = Object.hasOwn(settings.policies, policy) ? settings.policies[policy] : undefined;
  if (chosen?.namespaces !== undefined && Object.hasOwn(chosen.namespaces, namespace))
    return chosen.namespaces[namespace];
  return chosen?.effect;
}
