import type { Check } from '../policy/check.ts';
import { mustReach } from './must-reach.ts';
import { nameIsPrivate } from './name-is-private.ts';
import { resolvesClusterNames } from './resolves-cluster-names.ts';
import { rulesAsWritten } from './rules-as-written.ts';
import { serverHost } from './server-host.ts';
import { waiversHold } from './waivers-hold.ts';

/** Every check there is. The catalogue hands each the parameters that its own schema has accepted. */
export const CHECKS = [
  mustReach,
  nameIsPrivate,
  resolvesClusterNames,
  rulesAsWritten,
  serverHost,
  waiversHold,
] as readonly Check<never>[] as readonly Check[];
