import type { Bench } from '../../src/judge/judge.ts';
import { manifestOf } from '../../src/model/manifest.ts';
import type { Manifest } from '../../src/model/manifest.ts';
import { catalogueOf } from '../../src/policy/catalogue.ts';
import type { Catalogue } from '../../src/policy/catalogue.ts';
import type { Check, Finding } from '../../src/policy/check.ts';
import type { PolicyDocument } from '../../src/policy/document.ts';
import { DEFAULT_SETTINGS } from '../../src/policy/settings.ts';
import type { Settings } from '../../src/policy/settings.ts';

// Small whole policies, for what the policies of the catalogue do not show.

export const NOW = Date.parse('2026-11-20T12:00:00Z');

/** A check with the problem `broken`, about a thing. It finds nothing unless told what. */
export function madeCheck(changes: Partial<Check> = {}): Check {
  return {
    name: 'made',
    needs: [],
    params: { type: 'object', additionalProperties: false },
    problems: { broken: ['thing'] },
    evaluate: () => [],
    ...changes,
  };
}

/** The words of `made`, about Services. */
export function madeDocument(changes: Partial<PolicyDocument> = {}): PolicyDocument {
  return {
    id: 'made',
    title: 'Things are whole',
    check: 'made',
    appliesTo: { Service: ['CREATE', 'UPDATE', 'DELETE'], Namespace: ['CREATE', 'UPDATE', 'DELETE'] },
    severity: 'high',
    effect: 'deny',
    params: {},
    problems: {
      broken: {
        message: '{thing} is broken, because it fell.',
        brief: '{thing} is broken',
        remedy: 'Mend {thing}.',
      },
    },
    why: 'It hurts.',
    symptom: 'It creaks.',
    references: ['https://example.com/things'],
    ...changes,
  };
}

/** A catalogue of several policies, each with a check of its own. Throws where it is half-written. */
export function madeCatalogue(
  policies: Readonly<Record<string, { document?: Partial<PolicyDocument>; check?: Partial<Check> }>>,
): Catalogue {
  const ids = Object.entries(policies);
  const { catalogue, faults } = catalogueOf(
    ids.map(([id, { document }]) => madeDocument({ id, check: id, ...document })),
    ids.map(([id, { check }]) => madeCheck({ name: id, ...check })),
  );
  if (catalogue === undefined) throw new Error(faults.join('\n'));
  return catalogue;
}

/** What judging goes by, with somebody's choices. */
export function bench(catalogue: Catalogue, settings: Partial<Settings> = {}): Bench {
  return { catalogue, settings: { ...DEFAULT_SETTINGS, ...settings }, now: NOW };
}

/** A finding of `made`. */
export function broken(thing: string, changes: Partial<Finding> = {}): Finding {
  return { problem: 'broken', field: ['spec', thing], data: { thing }, ...changes };
}

export function manifest(object: object): Manifest {
  return manifestOf(object, { from: 'request' });
}

/** Service `shop/web` with these annotations and this spec. */
export function service(annotations: Readonly<Record<string, string>> = {}, spec: object = {}): Manifest {
  const metadata = { name: 'web', namespace: 'shop', annotations };
  return manifest({ apiVersion: 'v1', kind: 'Service', metadata, spec });
}
