import { readFileSync } from 'node:fs';

/** A text, or why there is none: a sentence that lacks its subject. */
export type Text = { readonly text: string } | { readonly trouble: string };

/** The text of a file. */
export function readText(file: string): Text {
  try {
    return decode(readFileSync(file));
  } catch (error) {
    return { trouble: fileTrouble(error) };
  }
}

/** The text of a stream: standard input. */
export async function readStream(stream: AsyncIterable<Uint8Array | string>): Promise<Text> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of stream) chunks.push(Buffer.from(chunk as string));
  } catch (error) {
    return { trouble: fileTrouble(error) };
  }
  return decode(Buffer.concat(chunks));
}

/** Why a file or a folder cannot be read: a sentence that lacks its subject. */
export function fileTrouble(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  switch (code) {
    case 'ENOENT':
      return 'does not exist';
    case 'EACCES':
    case 'EPERM':
      return 'may not be read: permission denied';
    case 'ELOOP':
      return 'is a symbolic link that leads back to itself';
    default:
      return `cannot be read: ${message}`;
  }
}

function decode(bytes: Uint8Array): Text {
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff))
    return {
      trouble: 'is UTF-16 text (PowerShell writes it so), which kubectl does not read; save it as UTF-8',
    };
  if (bytes.includes(0)) return { trouble: 'is binary, not YAML or JSON' };
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch {
    return { trouble: 'is not UTF-8 text' };
  }
}
