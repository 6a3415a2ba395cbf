import {
  Agent,
  createServer,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** What can be the matter with a service; `away`: connections are refused. */
export type Trouble = 'none' | 'away' | 'slow' | 'errors' | 'garbage';

/** One request on its way: `asked` before the service has it, `answered` when the service has done it and nobody knows. */
export type Moment = { when: 'asked' | 'answered'; method: string; path: string; body: string };

/** `drop`: the connection ends here, without an answer. */
export type Ruling = 'pass' | 'drop';

const slowMs = 5_000;

/** Stands before a service of OpenStack on loopback, passes calls on, and does to them what a test wants. */
export class OpenStackProxy {
  trouble: Trouble = 'none';
  /** Asked about each request, twice. */
  watch: (moment: Moment) => Ruling | Promise<Ruling> = () => 'pass';
  readonly #target: URL;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #agent = new Agent({ keepAlive: false });
  #port = 0;

  private constructor(target: string) {
    this.#target = new URL(target);
    this.#server = createServer((asked, answer) => {
      this.#pass(asked, answer).catch(() => asked.socket.destroy());
    });
    this.#server.on('connection', socket => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  static async before(target: string): Promise<OpenStackProxy> {
    const proxy = new OpenStackProxy(target);
    await proxy.#listen();
    return proxy;
  }

  /** The service's address, by way of the proxy. */
  get url(): string {
    const { pathname } = this.#target;
    return `http://127.0.0.1:${this.#port}${pathname === '/' ? '' : pathname}`;
  }

  async suffer(trouble: Trouble): Promise<void> {
    if (trouble === 'away') await this.close();
    else if (this.trouble === 'away') await this.#listen();
    this.trouble = trouble;
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = new Promise(resolve => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  async #listen(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(this.#port, '127.0.0.1', resolve);
    });
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  async #pass(asked: IncomingMessage, answer: ServerResponse): Promise<void> {
    const body = await bytesOf(asked);
    const told = { method: asked.method ?? 'GET', path: asked.url ?? '/', body: body.toString() };
    if ((await this.watch({ when: 'asked', ...told })) === 'drop') return void asked.socket.destroy();
    switch (this.trouble) {
      case 'errors':
        return void answer
          .writeHead(500, { 'content-type': 'application/json' })
          .end('{"computeFault": {"code": 500, "message": "Unexpected API Error."}}');
      case 'garbage':
        return void answer.writeHead(200, { 'content-type': 'text/html' }).end('<html>it works</html>');
      case 'slow':
        await delay(slowMs);
        break;
      case 'none':
      case 'away':
    }
    const real = await this.#forward(asked, body);
    const text = await bytesOf(real);
    if ((await this.watch({ when: 'answered', ...told })) === 'drop') return void asked.socket.destroy();
    const { connection: _, 'transfer-encoding': __, ...headers } = real.headers;
    answer.writeHead(real.statusCode ?? 502, { ...headers, connection: 'close' }).end(text);
  }

  #forward(asked: IncomingMessage, body: Buffer): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const { hostname, port } = this.#target;
      const { host: _, connection: __, ...headers } = asked.headers;
      const options = { hostname, port, path: asked.url, method: asked.method, headers, agent: this.#agent };
      request(options, resolve).on('error', reject).end(body);
    });
  }
}

async function bytesOf(stream: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of stream) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}
