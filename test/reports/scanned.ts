import { join } from 'node:path';
import t from 'tap';
import { inspect } from '../../src/judge/inspect.ts';
import { Picture } from '../../src/model/cluster.ts';
import type { Settings } from '../../src/policy/settings.ts';
import type { ScanResult } from '../../src/reports/scan-report.ts';
import { readManifests } from '../../src/sources/files.ts';
import { readCatalogue } from '../../src/sources/policies.ts';
import { bench } from '../policy/made.ts';

export const catalogue = readCatalogue();

/** What `guard scan all.yaml` finds in a file with this text. */
export async function scanned(text: string, settings: Partial<Settings> = {}): Promise<ScanResult> {
  const folder = t.testdir({ 'all.yaml': text });
  const { manifests, unreadable, skipped } = await readManifests([join(folder, 'all.yaml')]);
  const named = (all: typeof skipped) => all.map((each) => ({ ...each, file: 'all.yaml' }));
  const decisions = inspect(manifests, Picture.of(manifests), bench(catalogue, settings));
  return { decisions, unreadable: named(unreadable), skipped: named(skipped), catalogue: catalogue.digest };
}

/** A name that is refused, one that is waived, and a rule that is patched. */
export const NAMESPACES = `apiVersion: v1
kind: Namespace
metadata:
  name: dev
---
apiVersion: v1
kind: Namespace
metadata:
  name: app
  annotations:
    waive.seldon-guard.io/namespace-not-public: a trial
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: web
  namespace: models
spec:
  podSelector:
    matchLabels: { app: web }
  ingress:
  - to:
    - podSelector: {}
`;

/** A report in JSON, read. */
export const read = (json: string) =>
  JSON.parse(json) as { findings: Record<string, unknown>[]; summary: Record<string, unknown> };
