import http, { type IncomingMessage, type RequestOptions } from 'node:http';
import https from 'node:https';
import { isIP, type Socket } from 'node:net';
import tls from 'node:tls';
import { isNetwork, overlap } from '../../stacks/networks';
import { reasonOf } from './error';
import { isLoopback } from './url';

/** A proxy that cannot be used; the message names it. */
export class ProxyError extends Error {
  override readonly name = 'ProxyError';
}

/**
 * Options of a request to a URL that make it go the way the environment asks for: through a proxy, or straight.
 * @param patience milliseconds for the proxy to answer
 * @throws ProxyError when the proxy refuses, or does not answer
 */
export async function wayTo(url: URL, patience: number): Promise<RequestOptions> {
  const proxy = proxyOf(url);
  if (!proxy) return { agent: false };
  const socket = await tunnel(proxy, url, patience);
  const host = hostOf(url);
  return { createConnection: () => tls.connect({ socket, host, servername: isIP(host) === 0 ? host : '' }) };
}

/**
 * The proxy that HTTPS_PROXY and NO_PROXY name for a URL, as Go reads them, and so Helm and Pulumi. This machine is
 * never asked through one, and nothing but this machine is asked over plain http, so HTTP_PROXY has no say.
 * @throws ProxyError when it is of no kind that can be used
 */
export function proxyOf(url: URL, env: NodeJS.ProcessEnv = process.env): URL | undefined {
  const text = [env.HTTPS_PROXY, env.https_proxy].find(Boolean);
  const exempt = [env.NO_PROXY, env.no_proxy].find(Boolean) ?? '';
  if (!text || url.protocol !== 'https:' || isLoopback(url) || isExempt(url, exempt)) return undefined;
  const address = text.includes('://') ? text : `http://${text}`;
  const proxy = URL.canParse(address) ? new URL(address) : undefined;
  if (proxy?.protocol === 'http:' || proxy?.protocol === 'https:') return proxy;
  // It may hold a password.
  throw new ProxyError(
    'the proxy in HTTPS_PROXY is not usable: expected http://host:port or https://host:port',
  );
}

/** Whether NO_PROXY names the host: `*`, a domain (with what is below it; `.domain`: only that), an address, a network. */
function isExempt(url: URL, list: string): boolean {
  const host = hostOf(url);
  const port = url.port || '443';
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => {
      const [, name = entry, only = port] = /^(\[.*\]|[^:]*):(\d+)$/.exec(entry) ?? [];
      if (name === '*') return true;
      if (name === '' || only !== port) return false;
      if (isIP(host) !== 0) return name.replace(/[[\]]/g, '') === host || isWithin(host, name);
      const domain = name.replace(/^\*\./, '.');
      return domain.startsWith('.') ? host.endsWith(domain) : host === domain || host.endsWith(`.${domain}`);
    });
}

function isWithin(address: string, network: string): boolean {
  return isNetwork(network) && overlap(network, `${address}/${isIP(address) === 6 ? 128 : 32}`);
}

/** A connection to a URL's host that the proxy has made. */
function tunnel(proxy: URL, url: URL, patience: number): Promise<Socket> {
  const named = `the proxy ${proxy.protocol}//${proxy.host} (HTTPS_PROXY)`;
  const { username, password } = proxy;
  const login = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`);
  const target = `${url.hostname}:${url.port || 443}`;
  return new Promise((resolve, reject) => {
    const request = (proxy.protocol === 'https:' ? https : http).request({
      host: hostOf(proxy),
      port: proxy.port,
      method: 'CONNECT',
      path: target,
      headers: {
        host: target,
        ...(username && { 'proxy-authorization': `Basic ${login.toString('base64')}` }),
      },
      agent: false,
    });
    const fail = (reason: string): void => {
      clearTimeout(timer);
      request.destroy();
      reject(new ProxyError(`${named} ${reason}`));
    };
    const refuse = ({ statusCode }: IncomingMessage): void =>
      fail(`refuses to reach ${url.host}: HTTP ${statusCode}`);
    const timer = setTimeout(() => fail(`gives no answer within ${patience / 1000} s`), patience);
    request.on('connect', (response, socket: Socket) => {
      clearTimeout(timer);
      if (response.statusCode === 200) resolve(socket);
      else {
        socket.destroy();
        refuse(response);
      }
    });
    request.on('response', refuse);
    request.on('error', (error) => fail(`cannot be reached: ${reasonOf(error)}`));
    request.end();
  });
}

function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '');
}
