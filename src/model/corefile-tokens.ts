/** A word of a Corefile, and where it stands in the text. */
export interface CorefileToken {
  readonly text: string;
  /** From 1. */
  readonly line: number;
  readonly start: number;
  readonly end: number;
}

/**
 * The words of a Corefile as CoreDNS takes them apart (coredns/caddy caddyfile/lexer.go, next): blanks part them; `#` begins
 * a comment to the end of the line, or to the next blank where it touches the word before it; a word that begins with a quote
 * ends with the next one, over lines if need be, and in it a backslash escapes quotes alone. A brace is a word like any other,
 * and one that touches another word is a part of that.
 */
export function corefileTokens(text: string): readonly CorefileToken[] {
  const tokens: CorefileToken[] = [];
  const word = /#[^\n]*|"((?:\\[\s\S]|[^\\"])*)(?:"|$)|([^\s#]+)(?:#\S*)?|\n/g;
  let line = 1;
  for (const match of text.matchAll(word)) {
    const [whole, quoted, plain] = match;
    if (whole === '\n') line += 1;
    else if (!whole.startsWith('#')) {
      const { index: start } = match;
      const end = start + (plain ?? whole).length;
      tokens.push({ text: quoted?.replaceAll('\\"', '"') ?? plain ?? whole, line, start, end });
      line += whole.split('\n').length - 1;
    }
  }
  return tokens;
}
