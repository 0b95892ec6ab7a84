import { readFileSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Agent, createServer, request, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { planePaths } from '../../sandbox/plane/config';
import { Authority, type KeyPair, readPair } from '../../sandbox/plane/pki';

/** What is done to a request instead of handing it on: answered with this status, or cut off after `ms`. */
export type Fault =
  { status: number; reason: string; headers?: Record<string, string> } | { cutAfter: number };

const LOCAL = '127.0.0.1';

/**
 * A server on 127.0.0.1 between a program and the API server of a plane, that can be made to misbehave. It ends TLS, so
 * what passes is seen. Requests are handed on as they are, with the caller's own token.
 */
export class FaultyApi {
  /** Judges each request; undefined hands it on. */
  fault: (request: IncomingMessage) => Fault | undefined = () => undefined;
  /** How many requests were not simply handed on since {@link heal}. */
  faults = 0;
  private readonly server: Server;
  private readonly agent: Agent;
  private port = 0;

  private constructor(
    private readonly upstream: number,
    private readonly authority: Authority,
    own: KeyPair,
  ) {
    this.agent = new Agent({ keepAlive: true, ca: authority.pair.cert });
    this.server = createServer(own, (incoming, outgoing) => this.handle(incoming, outgoing));
    // Whoever does not trust the certificate hangs up.
    this.server.on('tlsClientError', () => (this.faults += 1));
  }

  /** In front of the plane in this folder, whose API server need not run yet. */
  static async start(folder: string): Promise<FaultyApi> {
    const authority = await Authority.load(readPair(planePaths(folder).pki, 'ca'));
    const { server } = clusterOf(folder);
    const faulty = new FaultyApi(Number(new URL(server).port), authority, await certificate(authority));
    await faulty.resume();
    return faulty;
  }

  /** Writes a kubeconfig as the plane's own one, that leads here. */
  writeKubeconfig(folder: string, target: string): void {
    const config = readKubeconfig(folder);
    config.clusters[0].cluster.server = `https://${LOCAL}:${this.port}`;
    writeFileSync(target, stringify(config), { mode: 0o600 });
  }

  /** Behaves well again, and has forgotten what it did. */
  async heal(): Promise<void> {
    this.fault = () => undefined;
    this.server.setSecureContext(await certificate(this.authority));
    if (!this.server.listening) await this.resume();
    this.faults = 0;
  }

  /** Cuts every connection. */
  cut(): void {
    this.server.closeAllConnections();
    this.faults += 1;
  }

  /** Is gone, with every connection, until {@link resume}. */
  async pause(): Promise<void> {
    const closed = new Promise((done) => this.server.close(done));
    this.cut();
    await closed;
  }

  resume(): Promise<void> {
    return new Promise((done) =>
      this.server.listen(this.port, LOCAL, () => {
        this.port = (this.server.address() as AddressInfo).port;
        done();
      }),
    );
  }

  /** Shows another certificate from now on: of the plane's authority, or of one that nobody knows. */
  async changeCertificate(by: 'the same authority' | 'another authority'): Promise<void> {
    const authority = by === 'another authority' ? await Authority.create('another') : this.authority;
    this.server.setSecureContext(await certificate(authority));
    this.cut();
  }

  async stop(): Promise<void> {
    if (this.server.listening) await this.pause();
    this.agent.destroy();
  }

  private handle(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const fault = this.fault(incoming);
    if (fault) this.faults += 1;
    if (fault && 'status' in fault) {
      incoming.resume();
      const { headers, reason, status: code } = fault;
      const status = { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason, code, message: reason };
      outgoing
        .writeHead(code, { 'content-type': 'application/json', ...headers })
        .end(JSON.stringify(status));
      return;
    }
    if (fault) setTimeout(() => incoming.socket.destroy(), fault.cutAfter);
    const { headers, method, url } = incoming;
    const target = { host: LOCAL, port: this.upstream, path: url, method, headers, agent: this.agent };
    const onward = request(target, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      answer.on('error', () => outgoing.destroy());
      answer.pipe(outgoing);
    });
    onward.on('error', () => outgoing.destroy());
    outgoing.on('close', () => onward.destroy());
    incoming.pipe(onward);
  }
}

function certificate(authority: Authority): Promise<KeyPair> {
  return authority.issue({ commonName: 'kube-apiserver', names: [LOCAL] });
}

interface Kubeconfig {
  clusters: [{ cluster: { server: string } }];
}

function readKubeconfig(folder: string): Kubeconfig {
  return parse(readFileSync(join(folder, 'kubeconfig'), 'utf8')) as Kubeconfig;
}

function clusterOf(folder: string): { server: string } {
  return readKubeconfig(folder).clusters[0].cluster;
}
