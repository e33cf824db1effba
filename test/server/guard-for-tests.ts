import { assemble } from '../../src/commands/assemble.ts';
import { Picture } from '../../src/model/cluster.ts';
import { manifestOf } from '../../src/model/manifest.ts';
import type { Guard } from '../../src/server/guard.ts';
import { chosen } from '../../src/sources/chosen.ts';
import { givenWorld } from '../../src/sources/world.ts';
import { bigCluster } from '../bench/big-cluster.ts';

/**
 * The guard that the fuzzer meets: the whole one, over a picture with Seldon in it. `judge` turns a check that throws into
 * a verdict, so its record says aloud what would otherwise pass for a warning.
 */
export function testGuard(): Promise<Guard> {
  const rules = chosen(undefined);
  const objects = bigCluster({ namespaces: 20, pods: 200 }).map((object) =>
    manifestOf(object, { from: 'cluster' }),
  );
  const picture = Picture.of(objects);
  return Promise.resolve(
    assemble({
      rules: () => rules,
      world: givenWorld(() => picture),
      record: ({ decision }) => {
        const broken = decision.verdicts.find(({ outcome }) => outcome === 'error');
        if (broken !== undefined) throw new Error(`check of ${broken.policy} threw`, { cause: broken.cause });
      },
    }),
  );
}
