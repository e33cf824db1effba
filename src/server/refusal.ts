/** A request that cannot be answered as an admission: its status, and one sentence for whoever sent it. */
export class Refusal extends Error {
  readonly statusCode: number;

  constructor(statusCode: number, sentence: string) {
    super(sentence);
    this.statusCode = statusCode;
  }
}

/** The longest piece of a sender's own text that is quoted back. */
const QUOTED = 40;

/** `request.uid: expected a string, got a list.` */
export function wrongField(field: string, expected: string, value: unknown): Refusal {
  return new Refusal(400, `${field}: expected ${expected}, got ${describe(value)}.`);
}

function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  if (typeof value !== 'string') return `the ${typeof value} ${JSON.stringify(value)}`;
  const text = value.length > QUOTED ? `${value.slice(0, QUOTED)}…` : value;
  return JSON.stringify(text.toWellFormed());
}
