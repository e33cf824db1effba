import { isIPv4, isIPv6 } from 'node:net';

/** The address of a DNS server as node:dns takes it, from `ip`, `ip:port` or `[v6]:port`; undefined for anything else. */
export function serverAddress(text: string): string | undefined {
  if (isIPv4(text) || isIPv6(text)) return text;
  const { v4, v6, port } =
    /^(?:\[(?<v6>[^\]]+)\]|(?<v4>[\d.]+))(?::(?<port>\d{1,5}))?$/.exec(text)?.groups ?? {};
  if (v4 === undefined ? v6 === undefined || !isIPv6(v6) : !isIPv4(v4)) return undefined;
  return port === undefined || (Number(port) >= 1 && Number(port) <= 65_535) ? text : undefined;
}
