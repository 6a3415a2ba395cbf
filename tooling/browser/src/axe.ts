import axe from 'axe-core';
import type { Page } from 'playwright-core';

type Found = {
  violations: { id: string; impact: string; help: string; nodes: { target: string[]; html: string }[] }[];
};

/** What axe finds that keeps people from using the page: a line a finding. */
export async function seriousFaults(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = (await page.evaluate('axe.run(document, { resultTypes: ["violations"] })')) as Found;
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, help, nodes }) => nodes.map(({ target }) => `${id}: ${help}: ${target.join(' ')}`));
}
