import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

type Handler = (request: IncomingMessage, response: ServerResponse) => unknown;

/** A web server of a test's own on 127.0.0.1: a path that is not in `routes` answers 404. */
export class Host {
  readonly routes = new Map<string, Buffer | string | Handler>();
  /** The paths asked for by GET, in order. */
  readonly asked: string[] = [];
  /** What HEAD is answered with. */
  status = 200;
  readonly server: Server = createServer((request, response) => this.answer(request, response));

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
  }

  get base(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Forgets everything, for the next test. */
  clear(): void {
    this.routes.clear();
    this.asked.length = 0;
    this.status = 200;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const path = request.url ?? '';
    const route = this.routes.get(path);
    if (request.method === 'GET') this.asked.push(path);
    if (typeof route === 'function') route(request, response);
    else if (request.method === 'HEAD') response.writeHead(this.status).end();
    else if (route === undefined) response.writeHead(404).end();
    else response.end(route);
  }
}

/** What tests need anew each time. */
interface Fresh {
  open: () => void;
  close: () => void;
}

/** Registers hooks: a host for the tests of a file, forgetful between them, and `fresh` opened for each of them. */
export function hostWith<T extends Fresh>(host: Host, fresh: T): T {
  beforeAll(() => host.start());
  afterAll(() => host.stop());
  beforeEach(() => {
    host.clear();
    fresh.open();
  });
  afterEach(() => fresh.close());
  return fresh;
}
