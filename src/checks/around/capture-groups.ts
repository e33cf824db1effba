/** The capture groups of a regular expression as it is written, in their order: what stands between their brackets. */
export function captureGroups(pattern: string): readonly string[] {
  const groups: { readonly start: number; end: number }[] = [];
  const open: ({ readonly start: number; end: number } | undefined)[] = [];
  let inClass = false;
  for (let i = 0; i < pattern.length; i += 1) {
    const letter = pattern[i];
    if (letter === '\\') i += 1;
    else if (inClass) inClass = letter !== ']';
    else if (letter === '[') inClass = true;
    else if (letter === '(') {
      // `(?:` and the like capture nothing; `(?<name>` and `(?P<name>` do.
      const captures = !/^\(\?(?!P?<\w)/.test(pattern.slice(i, i + 5));
      const group = captures ? { start: i + 1, end: pattern.length } : undefined;
      if (group !== undefined) groups.push(group);
      open.push(group);
    } else if (letter === ')') {
      const group = open.pop();
      if (group !== undefined) group.end = i;
    }
  }
  return groups.map(({ start, end }) => pattern.slice(start, end));
}
