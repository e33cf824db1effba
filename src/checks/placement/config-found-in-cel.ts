import { fieldPath } from '../../model/path.ts';
import type { Path } from '../../model/json.ts';
import type { Kind } from '../../model/kinds.ts';
import type { InCel } from '../../policy/in-cel.ts';
import { findingsInCel, texts } from '../own/findings-in-cel.ts';
import { LONGEST_NAME, OBJECT_NAME } from './named-config.ts';

type Naming = Readonly<Partial<Record<Kind, { readonly field: Path; readonly kind: Kind }>>>;

/** What config-found says of the names themselves. */
export function configFoundInCel(naming: Naming): readonly InCel[] {
  const kinds = Object.keys(naming) as Kind[];
  const name = kinds
    .map((kind) => {
      const path = `object.${fieldPath(naming[kind]?.field ?? [])}`;
      return `object.kind == '${kind}' ? (has(object.spec) && has(${path}) ? ${path} : 'none')`;
    })
    .join(' : ');
  const placeholders = kinds
    .map((kind) => {
      const { field = [], kind: named = kind } = naming[kind] ?? {};
      return `'${kind}': ['${fieldPath(field)}', '${named}']`;
    })
    .join(', ');
  const isName = `size(variables.name) <= ${LONGEST_NAME} && variables.name.matches(${JSON.stringify(OBJECT_NAME.source)})`;
  const written = `(variables.name == '' ? 'empty' : variables.name.substring(0, size(variables.name) < ${LONGEST_NAME} ? size(variables.name) : ${LONGEST_NAME}))`;
  return [
    findingsInCel({
      problem: 'not-a-name',
      kinds,
      variables: [{ name: 'name', expression: `${name} : 'none'` }],
      found: `${isName} ? [] : [${texts(`${written} + (variables.name.contains('/') ? '\\n/' : '')`)} + {${placeholders}}[object.kind] + ${texts(written)}]`,
      words: ['field', 'kind', 'name'],
    }),
  ];
}
