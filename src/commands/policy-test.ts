import { existsSync, realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { Faults } from '../sources/faults.ts';
import { policiesIn } from '../sources/examples.ts';
import { BUILT_IN, readCatalogue } from '../sources/policies.ts';
import { say } from './print.ts';
import { tryPolicy } from './try-policy.ts';
import type { TriedPolicy } from './try-policy.ts';

export interface PolicyTestOptions {
  readonly format: 'text' | 'json';
  readonly update?: boolean;
}

/**
 * `seldon-guard policy test`: tries the examples of policies; a path is the folder of one, or one with several in it. Answers
 * 0 when all are what they stand for, 1 when one is not. Throws Faults for what is no policy.
 */
export async function policyTest(paths: readonly string[], options: PolicyTestOptions): Promise<number> {
  const builtIn = readCatalogue();
  // A policy of one's own stands beside those that come with the guard, and tells the same whatever lies beside it.
  const places = paths.flatMap(policiesAt).map(({ parent, policy }) => {
    const isBuiltIn = realpathSync(parent) === realpathSync(BUILT_IN);
    return {
      parent,
      policy,
      catalogue: isBuiltIn ? builtIn : readCatalogue({}, [BUILT_IN, join(parent, policy)]),
    };
  });
  const tried: TriedPolicy[] = [];
  for (const { parent, policy, catalogue } of places)
    tried.push(
      await tryPolicy(parent, policy, catalogue, options.update === true).catch((error: unknown) => {
        throw new Faults([error instanceof Error ? error.message : String(error)]);
      }),
    );
  process.stdout.write(options.format === 'json' ? json(tried) : text(tried));
  if (options.update === true) say('what users are told is written anew: read it aloud');
  return tried.some(({ faults }) => faults.length > 0) ? 1 : 0;
}

function policiesAt(path: string): { parent: string; policy: string }[] {
  const folder = resolve(path);
  if (!existsSync(folder)) throw new Faults([`${path}: is not there`]);
  if (existsSync(join(folder, 'policy.yaml'))) return [{ parent: dirname(folder), policy: basename(folder) }];
  const policies = policiesIn(folder);
  if (policies.length === 0) throw new Faults([`${path}: holds no folder with a policy.yaml`]);
  return policies.map((policy) => ({ parent: folder, policy }));
}

function text(tried: readonly TriedPolicy[]): string {
  const lines = tried.flatMap(({ policy, examples, faults }) => [
    `${faults.length === 0 ? 'ok' : 'not ok'}  ${policy}  (${counted(examples.length, 'example')})`,
    ...faults.map((fault) => `    ${fault}`),
  ]);
  const broken = tried.filter(({ faults }) => faults.length > 0).length;
  const summary = broken === 0 ? 'all as they should be' : `${broken} with something to put right`;
  return `${lines.join('\n')}\n${counted(tried.length, 'policy', 'policies')}, ${summary}\n`;
}

function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

function json(tried: readonly TriedPolicy[]): string {
  const policies = tried.map(({ policy, folder, examples, faults }) => ({
    policy,
    folder,
    passed: faults.length === 0,
    faults,
    examples: examples.map(({ example, judgements, faults: own }) => ({
      name: example.name,
      file: example.file,
      bad: example.bad,
      passed: own.length === 0,
      problems: [...new Set(judgements.map(({ problem }) => problem))],
      faults: own,
    })),
  }));
  return `${JSON.stringify({ policies }, null, 2)}\n`;
}
