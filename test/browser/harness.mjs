/** What every test of the page needs: a daemon, a Chromium, and a page that reports what goes wrong in it. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';

const modules = createRequire(path.resolve(process.env.SNAPTRAIL_BROWSER_MODULES, 'package.json'));
const { chromium } = modules('playwright-core');
const AXE = modules.resolve('axe-core/axe.min.js');

/** No wait of a test may take longer; only a test that fails takes this long. */
export const PATIENCE = 240000;

const FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage'];

/** A demo of the binary under test. Ends with `stop()`. */
export async function startDemo(...options) {
  const child = spawn(process.env.SNAPTRAIL_BINARY, ['demo', ...(options.includes('--listen') ? [] : ['--listen', '127.0.0.1:0']), ...options], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const listening = new Promise((resolve, reject) => {
    const look = (text) => {
      output += text;
      const found = /(http:\/\/127\.0\.0\.1:\d+)\//.exec(output);
      if (found) resolve(found[1]);
    };
    child.stdout.on('data', look);
    child.stderr.on('data', look);
    child.on('exit', (code) => reject(new Error(`the demo ended with ${code}: ${output.slice(-2000)}`)));
    setTimeout(() => reject(new Error(`the demo does not listen: ${output.slice(-2000)}`)), PATIENCE).unref();
  });
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGTERM');
    await once(child, 'exit');
  };
  try {
    return { url: await listening, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** A TCP relay whose connections a test can cut. */
export async function startRelay(url) {
  const { hostname, port } = new URL(url);
  const open = new Set();
  const server = net.createServer((client) => {
    const daemon = net.connect(Number(port), hostname);
    for (const socket of [client, daemon]) {
      open.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        open.delete(socket);
        client.destroy();
        daemon.destroy();
      });
    }
    client.pipe(daemon).pipe(client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = () => open.forEach((socket) => socket.destroy());
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    cut,
    stop: async () => {
      server.close();
      cut();
    },
  };
}

let browser;
async function theBrowser() {
  browser ??= await chromium.launch({ executablePath: process.env.SNAPTRAIL_CHROMIUM ?? '/usr/bin/chromium', args: FLAGS, headless: true });
  return browser;
}
export async function closeBrowser() {
  await browser?.close();
}

/**
 * A page of its own. `problems` collects what the browser complains of: errors of scripts, violations of the policy.
 * @param {{width?: number, height?: number, dark?: boolean, still?: boolean}} [how]
 */
export async function openPage(address, { width = 1280, height = 900, dark = false, still = false, init } = {}) {
  const context = await (await theBrowser()).newContext({
    viewport: { width, height }, colorScheme: dark ? 'dark' : 'light', reducedMotion: still ? 'reduce' : 'no-preference',
  });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  page.problems = [];
  page.on('pageerror', (error) => page.problems.push(String(error)));
  page.on('console', (message) => {
    // A request that fails while the daemon is away is what some tests are about; the page says so itself.
    if (message.type() === 'error' && !/Failed to load resource/.test(message.text())) page.problems.push(message.text());
  });
  if (init) await page.addInitScript(init);
  await page.goto(address);
  return page;
}

/** Serious and critical violations that axe finds in the page as it is now. */
export async function violations(page) {
  await page.evaluate(await readFile(AXE, 'utf8'));  // as a script of the page its policy forbids it
  const found = await page.evaluate(async () => {
    const result = await globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] });
    return result.violations.filter((one) => ['serious', 'critical'].includes(one.impact)).map((one) => `${one.id}: ${one.nodes.map((node) => `${node.target} ${node.failureSummary?.split('\n')[1] ?? ''}`).slice(0, 4).join(' | ')}`);
  });
  return found;
}

/** Nothing stands out to the side of the window. */
export async function assertNoSideways(page) {
  const [wide, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok(wide <= window, `the page is ${wide} pixels wide in a window of ${window}`);
}

/** Waits until a function of the page gives something that is true, and gives it. Not for one that is async: a promise is true. */
export async function eventually(page, what, argument) {
  return (await page.waitForFunction(what, argument, { timeout: PATIENCE, polling: 50 })).jsonValue();
}

/**
 * For openPage's `init`: keeps the numbers of all rows that streams bring, as `rowsSeen`, all that Kubernetes Events say, as `saidSeen`, and
 * counts the `streams`.
 */
export const recordRows = () => {
  globalThis.rowsSeen = [];
  globalThis.saidSeen = [];
  globalThis.streams = 0;
  const Real = globalThis.EventSource;
  globalThis.EventSource = class extends Real {
    constructor(...given) {
      super(...given);
      this.addEventListener('hello', () => { globalThis.streams += 1; });
      this.addEventListener('row', (event) => globalThis.rowsSeen.push(JSON.parse(event.data).seq));
      this.addEventListener('kubernetesEvent', (event) => globalThis.saidSeen.push(JSON.parse(event.data)));
    }
  };
};

export async function temporaryFolder(t) {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'snaptrail-browser-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export const getJson = async (url) => (await fetch(url)).json();

/** Asks an address, which may not be there at the moment, until a function of its answer gives something that is true, and gives it. */
export async function eventuallyAnswers(url, what) {
  for (const end = Date.now() + PATIENCE; Date.now() < end; await new Promise((resolve) => { setTimeout(resolve, 50); })) {
    const answer = await getJson(url).catch(() => null);
    const found = answer && what(answer);
    if (found) return found;
  }
  throw new Error(`${url} did not give what was waited for`);
}
