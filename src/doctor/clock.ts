import type { Examined } from '../reports/health.ts';
import { dateOf } from './installation.ts';
import type { Installation } from './installation.ts';

/** A reply's Date has whole seconds, and was on its way. */
const SKEW_MS = 30_000;

/** Whether this machine's clock and the API server's agree. What is said of dates goes by the API server's. */
export function clock({ greeting, lookedAt }: Installation): Examined[] {
  const theirs = dateOf(greeting);
  if (theirs === undefined)
    return [
      {
        check: 'clock',
        state: 'unknown',
        about: 'API server',
        says: 'its replies carry no Date, so that its clock cannot be compared with any other.',
        remedy: 'Ask the API server itself rather than a proxy before it.',
      },
    ];
  const finding = skewed('API server', theirs, lookedAt, "this machine's");
  return [
    finding ?? {
      check: 'clock',
      state: 'ok',
      about: 'API server',
      says: "its clock agrees with this machine's.",
    },
  ];
}

/** What to say of a clock that differs from another one; nothing where it does not. */
export function skewed(about: string, theirs: number, other: number, whose: string): Examined | undefined {
  const difference = theirs - other;
  if (Math.abs(difference) <= SKEW_MS) return undefined;
  const seconds = Math.round(Math.abs(difference) / 1000);
  return {
    check: 'clock',
    state: 'warning',
    about,
    says: `its clock is ${seconds} s ${difference > 0 ? 'ahead of' : 'behind'} ${whose}.`,
    remedy: 'Set both clocks by NTP: certificates, waivers and leases go by them.',
  };
}
