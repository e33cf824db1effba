/** An AdmissionReview's text, apart from the uid that is new each time. */
export interface Question {
  readonly uid: string;
  /** The text without it: two requests with the same one ask the same. */
  readonly text: string;
}

/** How the API server begins a review: the uid is the first field of the request. */
const UID = /"request":\s*\{\s*"uid":\s*"([-\w]+)"/;
/** Within so many characters. */
const BEGINNING = 300;

/** What a body asks; undefined where it does not begin as the API server's do. */
export function questionIn(body: unknown): Question | undefined {
  if (typeof body !== 'string') return undefined;
  const found = UID.exec(body.slice(0, BEGINNING));
  const uid = found?.[1];
  if (found === null || uid === undefined) return undefined;
  const end = found.index + found[0].length - 1;
  return { uid, text: body.slice(0, end - uid.length) + body.slice(end) };
}
