export { ensureChromium, launchChromium } from './chromium.ts';
export { filesOf } from './first-page.ts';
export { buildConsole } from './global-setup.ts';
export { type Visitor, visit } from './visitor.ts';
