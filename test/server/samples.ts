import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** An AdmissionReview as tests change it. */
export interface Sample {
  readonly file: string;
  readonly text: string;
}

const OWN = join(import.meta.dirname, 'reviews');
/** Recordings of a real API server, beside the project on the machines that have them. */
const RECORDED = join(import.meta.dirname, '../../../shared/corpus/admission-reviews');

/** The project's own AdmissionReviews, and the recorded ones where they are at hand. */
export function samples(): Sample[] {
  return [OWN, RECORDED].filter((folder) => existsSync(folder)).flatMap(readAll);
}

/** The project's own AdmissionReviews. */
export function ownSamples(): Sample[] {
  return readAll(OWN);
}

/** The recorded AdmissionReviews where they are at hand, the project's own elsewhere. */
export function realSamples(): Sample[] {
  return readAll(existsSync(RECORDED) ? RECORDED : OWN);
}

function readAll(folder: string): Sample[] {
  const files = readdirSync(folder).filter((file) => file.endsWith('.json'));
  return files.toSorted().map((file) => ({ file, text: readFileSync(join(folder, file), 'utf8') }));
}

/** One of the project's own AdmissionReviews, with changes to its request. */
// oxlint-disable-next-line typescript/no-explicit-any -- a test changes what it likes
export function review(name: string, change: (request: any) => void = () => undefined): any {
  const body = JSON.parse(readFileSync(join(OWN, `${name}.json`), 'utf8')) as { request: unknown };
  change(body.request);
  return body;
}
