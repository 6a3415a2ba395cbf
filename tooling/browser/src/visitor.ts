import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import type { Stage } from './stage.ts';

/** Somebody with a browser of their own. */
export type Visitor = AsyncDisposable & {
  page: Page;
  context: BrowserContext;
  /** What the browser complained about, and every request that left the service's origin. */
  complaints: string[];
  /** Goes to a path, signs in with a token, and waits until the page is live. */
  signIn(name?: 'admin' | 'reader', path?: string): Promise<void>;
  goTo(path: string): Promise<void>;
};

const patienceMs = 10_000;

export async function visit(
  browser: Browser,
  stage: Pick<Stage, 'origin' | 'token'>,
  options: BrowserContextOptions = {},
): Promise<Visitor> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(patienceMs);
  const complaints: string[] = [];
  page.on('console', message => message.type() === 'error' && complaints.push(message.text()));
  page.on('pageerror', error => complaints.push(String(error)));
  page.on('request', request => {
    if (!request.url().startsWith(stage.origin)) complaints.push(`asked elsewhere: ${request.url()}`);
  });
  const isLive = (): Promise<void> =>
    page.getByRole('status', { name: 'Live updates' }).getByText('live', { exact: true }).waitFor();
  return {
    page,
    context,
    complaints,
    async signIn(name = 'admin', path = '/') {
      await page.goto(stage.origin + path);
      await page.getByLabel(/^Token/).fill(stage.token(name));
      await page.getByRole('button', { name: 'Sign in' }).click();
      await isLive();
    },
    async goTo(path) {
      await page.goto(stage.origin + path);
      await isLive();
      await page.getByRole('heading', { level: 1 }).waitFor();
    },
    [Symbol.asyncDispose]: () => context.close(),
  };
}
