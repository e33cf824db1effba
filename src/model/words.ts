/** `a`, `a and b`, `a, b and c`. */
export function listOf(words: readonly string[]): string {
  const last = words.at(-1) ?? '';
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} and ${last}`;
}

/** The first `most` of them, and how many more: `a, b and 4 more`. */
export function firstOf(words: readonly string[], most: number): string {
  const shown = words.slice(0, most).join(', ');
  return words.length <= most ? shown : `${shown} and ${words.length - most} more`;
}

/** Each once: `a`, `a and b`, `a, b and c`, `a, b, c and 4 more`. */
export function namesOf(names: readonly string[]): string {
  const distinct = [...new Set(names)];
  return distinct.length <= 3 ? listOf(distinct) : firstOf(distinct, 3);
}
