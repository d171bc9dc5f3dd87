// A page in Chromium that listens with the browser build of a client. Its origin is its own, or, where `sameOrigin` is
// true, that of the server that it listens to: faye's transports differ. Its files come out of this folder.

import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join, normalize } from 'node:path';
import { chromium } from 'playwright-core';
import { given, serve, tell } from './lines.mjs';

const TYPES = { js: 'text/javascript', mjs: 'text/javascript', html: 'text/html' };
const SCRIPTS = {
  faye: `import { listenWithFaye } from './listening.mjs';
    window.listener = listenWithFaye(window.Faye, await window.given(), window.tell);`,
  cometd: `import * as cometd from './node_modules/cometd/cometd.js';
    import { listenWithCometd } from './listening.mjs';
    window.listener = listenWithCometd(cometd, await window.given(), window.tell);`,
};
const PAGE = `<!doctype html><title>printer</title><link rel="icon" href="data:,"><script src="./node_modules/faye/client/faye-browser.js"></script>
  <script type="module">${SCRIPTS[given.library]}</script>`;

/** Returns what lies under an address of the page. */
async function file(url) {
  const path = normalize(new URL(url, 'http://any').pathname.replace('/client-page/', ''));
  const body = path === 'index.html' ? PAGE : await readFile(join(import.meta.dirname, path));
  return { body, contentType: TYPES[path.split('.').pop()] };
}

/** Serves the page on an origin of its own, and returns it. */
async function site() {
  const server = createServer(async (request, response) => {
    const { body, contentType } = await file(request.url);
    response.setHeader('Content-Type', contentType).end(body);
  });
  await new Promise((listens) => server.listen(0, '127.0.0.1', listens));
  return `http://127.0.0.1:${server.address().port}`;
}

const context = await chromium.launchPersistentContext(given.profile, {
  executablePath: given.chromium,
  headless: true,
  chromiumSandbox: false,
  args: ['--no-proxy-server', '--no-first-run', '--disable-background-networking', '--disable-component-update'],
});
const page = context.pages()[0] ?? (await context.newPage());
page.on('pageerror', (error) => tell({ what: 'broken', error: String(error) }));
await page.exposeFunction('tell', tell);
await page.exposeFunction('given', () => given);
if (given.sameOrigin) await context.route('**/client-page/**', async (route) => route.fulfill(await file(route.request().url())));
await page.goto(`${given.sameOrigin ? new URL(given.url).origin : await site()}/client-page/index.html`);
const publish = (channel, data) => page.evaluate(([to, what]) => window.listener.publish(to, what), [channel, data]);
await serve({ publish }, () => context.close());
