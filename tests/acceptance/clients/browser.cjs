// Opens a page in headless Chromium, runs the story that it is given, and prints what was seen and asked for as JSON.
// Its one argument is JSON: chromium, profile, page, open, and steps of look, shot and picks; or, for a page without a
// story, what is waited for (`until`) and the picture that is taken then (`shot`).
'use strict';

const { chromium } = require('playwright-core');

const given = JSON.parse(process.argv[2]);
const SIZE = { width: 640, height: 480 };
const PATIENCE_MS = 100000;
const FLAGS = [
  '--use-angle=swiftshader',
  '--enable-unsafe-swiftshader',
  '--ignore-gpu-blocklist',
  '--no-proxy-server',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-default-apps',
  // Whatever a page may ask for elsewhere is recorded, and goes nowhere.
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
];

/** Runs one step: turns the camera, waits, takes a picture, and picks. */
async function ran(page, { look, shot, picks = [] }) {
  await page.evaluate((view) => window.story.look(view), look || {});
  const { failures } = await page.evaluate(() => window.story.settle());
  if (shot) await page.locator('canvas').first().screenshot({ path: shot });
  return { picks: await page.evaluate((points) => window.story.pick(points), picks), failures };
}

/** Records what the browser asks for and complains of, in two lists. */
function watched(context, page) {
  const requests = [];
  const complaints = [];
  context.on('request', (request) => requests.push(request.url()));
  context.on('response', (response) => {
    if (response.status() >= 400) complaints.push(`${response.status()} ${response.url()}`);
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  return { requests, complaints };
}

async function story() {
  const context = await chromium.launchPersistentContext(given.profile, {
    executablePath: given.chromium,
    headless: true,
    chromiumSandbox: false,
    args: FLAGS,
    viewport: SIZE,
  });
  try {
    context.setDefaultTimeout(PATIENCE_MS);
    const page = context.pages()[0] || (await context.newPage());
    const { requests, complaints } = watched(context, page);
    await page.goto(given.page);
    if (given.until) {
      await page.waitForFunction(given.until);
      await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
      await page.screenshot({ path: given.shot });
      return { requests, complaints };
    }
    await page.waitForFunction(() => window.story);
    await page.evaluate((what) => window.story.open(what), given.open);
    const steps = [];
    for (const step of given.steps) steps.push({ ...(await ran(page, step)), requested: requests.length });
    return { steps, requests, complaints };
  } finally {
    await context.close();
  }
}

story().then(
  (told) => process.stdout.write(JSON.stringify(told)),
  (error) => {
    process.stderr.write(`${error && error.stack}\n`);
    process.exitCode = 1;
  },
);
