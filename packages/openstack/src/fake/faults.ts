import type { IncomingMessage, ServerResponse } from 'node:http';

/**
 * What the next fitting requests meet.
 *
 * | `does`        | what happens                                                        |
 * | ------------- | ------------------------------------------------------------------- |
 * | `answer`      | `status` and `body` instead of the answer; nothing is done          |
 * | `garbage`     | 200 with a proxy's page; nothing is done                            |
 * | `hang`        | no answer, ever                                                     |
 * | `drop`        | the connection ends, nothing is done                                |
 * | `drop-after`  | it is done, and the connection ends before the answer               |
 * | `delay`       | the answer comes `delayMs` later                                    |
 */
export type FakeFaultScript = {
  /** E.g. `/action$/`, matched against the path with its query; every one by default. */
  path?: RegExp;
  method?: string;
  /** How many requests; all from now on by default. */
  times?: number;
} & (
  | { does: 'answer'; status: number; body?: string; headers?: Record<string, string> }
  | { does: 'garbage' | 'hang' | 'drop' | 'drop-after' }
  | { does: 'delay'; delayMs: number }
);

export class FakeFaults {
  #scripts: FakeFaultScript[] = [];

  add(...scripts: FakeFaultScript[]): void {
    this.#scripts.push(...scripts.map(one => ({ ...one })));
  }

  clear(): void {
    this.#scripts = [];
  }

  take(request: IncomingMessage): FakeFaultScript | undefined {
    const fits = (one: FakeFaultScript): boolean =>
      (one.method ?? request.method) === request.method && (one.path?.test(request.url ?? '') ?? true);
    const found = this.#scripts.find(one => (one.times ?? 1) > 0 && fits(one));
    if (found?.times !== undefined) found.times -= 1;
    return found;
  }
}

/** Does what the script says; true when the request needs no other answer. */
export async function inflict(
  script: FakeFaultScript | undefined,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  switch (script?.does) {
    case undefined:
    case 'drop-after':
      return false;
    case 'delay':
      await new Promise(resolve => setTimeout(resolve, script.delayMs));
      return false;
    case 'hang':
      return true;
    case 'drop':
      request.socket.destroy();
      return true;
    case 'garbage':
      response.writeHead(200, { 'content-type': 'text/html' }).end('<html><body>It works!</body></html>');
      return true;
    case 'answer':
      response.writeHead(script.status, { 'content-type': 'application/json', ...script.headers });
      response.end(script.body ?? '');
      return true;
  }
}
