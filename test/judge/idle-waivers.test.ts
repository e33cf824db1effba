import t from 'tap';
import { idleWaivers } from '../../src/judge/idle-waivers.ts';
import { judge } from '../../src/judge/judge.ts';
import { Picture } from '../../src/model/cluster.ts';
import { reviewState } from '../../src/model/review.ts';
import type { Settings } from '../../src/policy/settings.ts';
import { bench, broken, madeCatalogue, service } from '../policy/made.ts';

const KEY = 'waive.seldon-guard.io/made';

/** What is said of a waiver once objects were judged, each of them broken or not. */
function said(
  waiver: Partial<Settings['waivers'][number]>,
  objects: readonly { isBroken: boolean; annotations?: Record<string, string> }[],
): string[] {
  const waivers = [{ policy: 'made', reason: 'ours', source: 'settings', ...waiver }];
  const settings = { waivers };
  const decisions = objects.map(({ isBroken, annotations = {} }) => {
    const check = { evaluate: () => (isBroken ? [broken('leg')] : []) };
    const object = service(annotations);
    const made = bench(madeCatalogue({ made: { check } }), settings);
    return judge(reviewState(Picture.of([object]), object), made);
  });
  const { settings: whole, now } = bench(madeCatalogue({ made: {} }), settings);
  return idleWaivers(whole, decisions, now);
}

const [SOUND, BROKEN] = [{ isBroken: false }, { isBroken: true }];
const IDLE = 'is not needed: the policy finds nothing there';

void t.test('a waiver that nothing needed is told', (t) => {
  t.strictSame(said({}, [SOUND, SOUND]), [`the waiver of made ${IDLE}`]);
  t.strictSame(said({ name: 'web', kind: 'Service', namespace: 'shop' }, [SOUND]), [
    `the waiver of made (Service web in namespace shop) ${IDLE}`,
  ]);
  t.end();
});

void t.test('one that something needed, or might, is not', (t) => {
  t.strictSame(said({}, [SOUND, BROKEN]), []);
  t.strictSame(said({}, []), [], 'nothing was judged');
  t.strictSame(said({ namespace: 'dev' }, [SOUND]), [], 'nothing that it covers was judged');
  t.strictSame(said({ policy: 'other' }, [SOUND]), [], 'its policy was not asked');
  t.strictSame(said({ until: '2026-11-19' }, [SOUND]), [], 'that it has ended is said elsewhere');
  t.strictSame(said({ until: '2026-11-20' }, [SOUND]).length, 1);
  t.strictSame(said({}, [{ isBroken: true, annotations: { [KEY]: 'why' } }]), [], 'waived twice');
  t.end();
});
