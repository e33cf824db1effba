import type { Check } from '../policy/check.ts';
import { mustReach } from './must-reach.ts';
import { nameIsPrivate } from './name-is-private.ts';
import { rulesAsWritten } from './rules-as-written.ts';
import { waiversHold } from './waivers-hold.ts';

/** Every check there is. A check takes the parameters that its own schema has accepted. */
export const CHECKS = [
  mustReach,
  nameIsPrivate,
  rulesAsWritten,
  waiversHold,
] as readonly Check<never>[] as readonly Check[];
