import { corefileTokens } from './corefile-tokens.ts';
import type { CorefileToken } from './corefile-tokens.ts';

/** A plugin's line in a server block, with the lines between its braces. */
export interface Directive {
  readonly name: string;
  readonly token: CorefileToken;
  readonly args: readonly CorefileToken[];
  readonly body: readonly (readonly CorefileToken[])[];
}

/** A server block: the zones and ports that it is for, and its plugins. */
export interface ServerBlock {
  readonly keys: readonly string[];
  readonly directives: readonly Directive[];
  /** What it imports and the Corefile does not define: files. */
  readonly imports: readonly string[];
  /** Its braces; undefined where it has none. */
  readonly open: CorefileToken | undefined;
  readonly close: CorefileToken | undefined;
}

/** Why CoreDNS does not take a Corefile as it was meant, and where. */
export interface CorefileFault {
  /** `in-line`: the closing brace stands on a plugin's line, and "}" is then not the block's (parse.go, directive). */
  readonly kind: 'unclosed' | 'unopened' | 'in-line';
  readonly line: number;
  /** What is not closed. */
  readonly what: string;
}

/** What a Corefile says. After a fault other than `in-line` there may be more in it than was read. */
export interface Corefile {
  readonly blocks: readonly ServerBlock[];
  /** Files imported beside the blocks. */
  readonly imports: readonly string[];
  readonly faults: readonly CorefileFault[];
}

/** Snippets may import each other; CoreDNS, too, counts how often (parse.go, maxSnippetExpansions). */
const MOST_IMPORTS = 1000;
/** No Corefile is as long as that once its snippets are put in: further imports are passed over like those of files. */
const MOST_TOKENS = 50_000;

/**
 * A Corefile, read by the rules of its parser (coredns/caddy caddyfile/parse.go): keys up to a brace or the end of their line,
 * plugins by line or with lines of their own in braces, snippets `(name)` put in where they are imported. With `inside` the
 * text is what stands within a block for the root zone, as in the files that distributions import there. Never throws.
 */
export function corefileOf(text: string, inside = false): Corefile {
  return new Parser(corefileTokens(text)).parse(inside);
}

class Parser {
  #tokens: readonly CorefileToken[];
  #at = 0;
  #imported = 0;
  readonly #snippets = new Map<string, readonly CorefileToken[]>();
  readonly #blocks: ServerBlock[] = [];
  readonly #imports: string[] = [];
  readonly #faults: CorefileFault[] = [];

  constructor(tokens: readonly CorefileToken[]) {
    this.#tokens = tokens;
  }

  parse(inside: boolean): Corefile {
    if (inside) this.#block(['.:53'], undefined);
    while (this.#here !== undefined) this.#one();
    return { blocks: this.#blocks, imports: this.#imports, faults: this.#faults };
  }

  get #here(): CorefileToken | undefined {
    return this.#tokens[this.#at];
  }

  /** Whether the word stands on another line than the one before it. */
  #isFirst(index: number): boolean {
    const [before, here] = [this.#tokens[index - 1], this.#tokens[index]];
    return before === undefined || before.line !== here?.line;
  }

  #one(): void {
    const keys: string[] = [];
    let another = true;
    while (this.#here !== undefined && this.#here.text !== '{') {
      const { text, line } = this.#here;
      if (!another && this.#isFirst(this.#at)) break;
      if (text === 'import' && this.#isFirst(this.#at)) {
        this.#import(this.#imports);
        continue;
      }
      if (text === '}') this.#faults.push({ kind: 'unopened', line, what: '' });
      // "Trailing comma indicates another address will follow, which may possibly be on the next line" (addresses).
      else for (const key of text.split(',')) if (key !== '') keys.push(key);
      another = text.endsWith(',') || text === '}';
      this.#at += 1;
    }
    const open = this.#here?.text === '{' ? this.#here : undefined;
    const [name] = keys;
    if (open === undefined && (this.#here === undefined || keys.length === 0)) return;
    if (open !== undefined) this.#at += 1;
    if (open !== undefined && keys.length === 1 && name !== undefined && /^\(.*\)$/.test(name))
      this.#snippet(name.slice(1, -1), open);
    else this.#block(keys, open);
  }

  #snippet(name: string, open: CorefileToken): void {
    const start = this.#at;
    for (let depth = 1; this.#here !== undefined; this.#at += 1) {
      if (this.#here.text === '{') depth += 1;
      if (this.#here.text === '}') depth -= 1;
      if (depth > 0) continue;
      this.#snippets.set(name, this.#tokens.slice(start, this.#at));
      this.#at += 1;
      return;
    }
    this.#faults.push({ kind: 'unclosed', line: open.line, what: `snippet (${name})` });
  }

  #block(keys: readonly string[], open: CorefileToken | undefined): void {
    const directives: Directive[] = [];
    const imports: string[] = [];
    let close: CorefileToken | undefined;
    while (this.#here !== undefined && close === undefined) {
      if (this.#here.text === '}') close = this.#here;
      else if (this.#here.text === 'import') {
        this.#import(imports);
        continue;
      } else {
        const directive = this.#directive();
        directives.push(directive);
        continue;
      }
      this.#at += 1;
    }
    const what = `the block of ${keys.join(' ') || 'no zone'}`;
    if (open === undefined && close !== undefined)
      this.#faults.push({ kind: 'unopened', line: close.line, what: '' });
    if (open !== undefined && close === undefined && !this.#faults.some(({ kind }) => kind === 'unclosed'))
      this.#faults.push({ kind: 'unclosed', line: open.line, what });
    this.#blocks.push({ keys, directives, imports, open, close });
  }

  #directive(): Directive {
    const token = this.#here!;
    const own: CorefileToken[] = [];
    let [depth, open] = [0, token];
    this.#at += 1;
    for (; this.#here !== undefined; this.#at += 1) {
      const here: CorefileToken = this.#here;
      if (here.text === '{') [depth, open] = [depth + 1, depth === 0 ? here : open];
      else if (depth === 0 && this.#isFirst(this.#at)) break;
      else if (here.text === '}' && depth > 0) depth -= 1;
      else if (here.text === '}') {
        // Left for the block, which it was meant to close.
        this.#faults.push({ kind: 'in-line', line: here.line, what: token.text });
        break;
      }
      own.push(here);
    }
    if (depth > 0) this.#faults.push({ kind: 'unclosed', line: open.line, what: `plugin ${token.text}` });
    const brace = own.findIndex(({ text }) => text === '{');
    const args = brace < 0 ? own : own.slice(0, brace);
    const inner = brace < 0 ? [] : own.slice(brace + 1, own.at(-1)?.text === '}' ? -1 : undefined);
    const body = [...Map.groupBy(inner, ({ line }) => line).values()];
    return { name: token.text, token, args, body };
  }

  /** Puts a snippet in the place of its import; a file's name goes to `files`. */
  #import(files: string[]): void {
    const at = this.#at;
    const pattern = this.#isFirst(at + 1) ? undefined : this.#tokens[at + 1];
    const snippet = pattern && this.#snippets.get(pattern.text);
    const rest = at + (pattern === undefined ? 1 : 2);
    const length = this.#tokens.length + (snippet?.length ?? 0);
    if (snippet === undefined || this.#imported >= MOST_IMPORTS || length > MOST_TOKENS) {
      if (pattern !== undefined && !files.includes(pattern.text)) files.push(pattern.text);
      this.#at = rest;
      return;
    }
    this.#imported += 1;
    this.#tokens = [...this.#tokens.slice(0, at), ...snippet, ...this.#tokens.slice(rest)];
  }
}
