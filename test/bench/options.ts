import { parseArgs } from 'node:util';

/** The options that a server under measurement is started with: those of `serve`. */
export function options(): { port: number; probePort: number; cert: string; key: string; cluster: string } {
  const text = { type: 'string', default: '' } as const;
  const { values } = parseArgs({
    options: {
      host: text,
      port: text,
      'probe-port': text,
      'tls-cert': text,
      'tls-key': text,
      cluster: text,
    },
  });
  return {
    port: Number(values.port),
    probePort: Number(values['probe-port']),
    cert: values['tls-cert'],
    key: values['tls-key'],
    cluster: values.cluster,
  };
}
