import { at, listAt, numberAt, stringAt, stringsAt } from '../../model/json.ts';
import type { JsonObject, Path } from '../../model/json.ts';
import type { OperatorService, OperatorServicePort } from '../../model/operator-services.ts';

/** Where a Service leads elsewhere than the operator's, and in which words. */
export interface StrayService {
  readonly field: Path;
  readonly because: string;
  /** The same in two or three words. */
  readonly what: string;
}

/**
 * What makes a Service lead elsewhere than the one that the operator makes under its name; undefined where it leads to
 * the same pods and ports. Its type is no matter (a SeldonRuntime chooses it), nor are names and further ports.
 */
export function strayWords(service: JsonObject, own: OperatorService): StrayService | undefined {
  if (stringAt(service, 'spec', 'type') === 'ExternalName') {
    const target = stringAt(service, 'spec', 'externalName') ?? '';
    return {
      field: ['spec', 'externalName'],
      because: `it is an ExternalName for ${target || 'nothing'}`,
      what: 'an ExternalName',
    };
  }
  const selector = stringsAt(service, 'spec', 'selector');
  if (!sameEntries(selector, own.selector)) {
    const isEmpty = Object.keys(selector).length === 0;
    return {
      field: ['spec', 'selector'],
      because: isEmpty ? 'it selects no pods' : `it selects ${words(selector)}, not ${words(own.selector)}`,
      what: isEmpty ? 'no selector' : 'another selector',
    };
  }
  for (const port of own.ports) {
    const wrong = wrongPort(service, port);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

function wrongPort(service: JsonObject, own: OperatorServicePort): StrayService | undefined {
  const ports = listAt(service, 'spec', 'ports');
  const isTcp = (port: unknown): boolean => (stringAt(port, 'protocol') ?? 'TCP') === 'TCP';
  const index = ports.findIndex((port) => numberAt(port, 'port') === own.port && isTcp(port));
  const what = `port ${own.port}`;
  if (index < 0) return { field: ['spec', 'ports'], because: `it has no ${what}`, what: `no ${what}` };
  // "If this is not specified, the value of the 'port' field is used" (ServicePort.targetPort); 0 and "" count as that.
  const target = at(ports, index, 'targetPort') || own.port;
  if (target === own.targetName || target === own.target) return undefined;
  const written = typeof target === 'string' || typeof target === 'number' ? String(target) : 'nothing';
  return {
    field: ['spec', 'ports', index, 'targetPort'],
    because: `its ${what} leads to ${written}, not to ${own.targetName} (${own.target})`,
    what,
  };
}

type Strings = Readonly<Record<string, string>>;

function sameEntries(a: Strings, b: Strings): boolean {
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && a[key] === b[key])
  );
}

function words(selector: Strings): string {
  return Object.entries(selector)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
}
