import { once } from 'node:events';

/** Enough in one piece that writing costs little, and little enough that a long listing is never in memory as a whole. */
const PIECE = 1 << 16;

/** Writes the pieces to standard output, no faster than they are read. Ends quietly where the reader goes away (`| head`). */
export async function print(pieces: Iterable<string>): Promise<void> {
  const { stdout } = process;
  let gone = false;
  const leave = (error: NodeJS.ErrnoException): void => {
    if (error.code !== 'EPIPE') throw error;
    gone = true;
  };
  stdout.on('error', leave);
  let text = '';
  for (const piece of pieces) {
    text += piece;
    if (text.length < PIECE) continue;
    if (gone) return;
    if (!stdout.write(text)) await once(stdout, 'drain').catch(leave);
    text = '';
  }
  stdout.write(text);
}

/** A sentence for the person at the terminal, beside what is printed. */
export function say(sentence: string): void {
  process.stderr.write(`seldon-guard: ${sentence}\n`);
}
