import type { InCel } from '../policy/in-cel.ts';
import { WAIVER_PREFIX } from '../policy/waiver.ts';
import { findingsInCel, texts } from './own/findings-in-cel.ts';

/** More annotations than that are beyond what an API server would go through. */
const MOST_ANNOTATIONS = 500;

const BLANK = String.raw`[\\s\\x0b\\p{Z}\\x{feff}]*`;
const part = (day: string): string =>
  `'^(owner${BLANK}(=(?s:.*))?|until${BLANK}=${BLANK}${day}|[^=]*=${BLANK}<.*>)$'`;
/** What may follow a reason (policy/waiver, parse), as far as a pattern can tell of days; and what certainly may. */
const MAY_FOLLOW = part('[0-9]{4}-[0-9]{2}-[0-9]{2}');
const FOLLOWS = part('[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])');

const VALUE = 'variables.annotations[key]';
const REST = `(${VALUE}.contains('|') ? ${VALUE}.substring(${VALUE}.indexOf('|') + 1).split('|').map(part, part.trim()) : [])`;
const NO_REASON = `${VALUE}.split('|')[0].trim().matches('^(<.*>)?$')`;

/** What waivers-hold says of waivers as they are written; which of them are needed, and for how long, is not for CEL to say. */
export function waiversInCel(policies: readonly string[]): readonly InCel[] {
  const policy = `key.substring(${WAIVER_PREFIX.length})`;
  const about = (problem: string, left: string, where: string, more: Record<string, string> = {}): InCel =>
    findingsInCel({
      problem,
      ...(left === '' ? {} : { left }),
      variables: [
        {
          name: 'annotations',
          expression: `has(object.metadata.annotations) && size(object.metadata.annotations) <= ${MOST_ANNOTATIONS} ? object.metadata.annotations : {}`,
        },
        { name: 'policies', expression: JSON.stringify(policies) },
      ],
      // One that stood there in the same words is an old fault.
      found: `variables.annotations.filter(key, key.startsWith('${WAIVER_PREFIX}') && ${where}).map(key, ${texts(`key + '=' + ${VALUE}`, policy, ...Object.values(more))})`,
      words: ['policy', ...Object.keys(more)],
    });
  const isKnown = `${policy} in variables.policies`;
  const malformed = `${REST}.filter(part, !part.matches(${MAY_FOLLOW}))`;
  return [
    about('unknown-policy', '', `!(${isKnown})`),
    about('malformed', 'of days that no calendar has', `${isKnown} && size(${malformed}) > 0`, {
      detail: `${malformed}[size(${malformed}) - 1]`,
    }),
    about(
      'no-reason',
      'of waivers until the last days of a month',
      `${isKnown} && ${NO_REASON} && ${REST}.all(part, part.matches(${FOLLOWS}))`,
    ),
  ];
}
