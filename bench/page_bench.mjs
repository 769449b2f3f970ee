/**
 * How fast the page is, in a real Chromium on this machine (docs/benchmarks.md):
 *   SNAPTRAIL_BROWSER_MODULES=.cache/browser node bench/page_bench.mjs [--snapshots N] [--visits N] [--events N] BINARY…
 * Each program plays the same recording of N snapshots. All are measured within one run, in turn, so that what else the machine does
 * falls on each alike.
 * First picture: from the navigation's start until counts, what is stuck (or that nothing is) and the list's first lines are there, in
 * the frame after they are laid out, each time in a new browser profile. Painted: when the browser says that the largest text of that was on
the screen (largest-contentful-paint), behind its compositor, which has no GPU here.
 * Event to pixel: from the moment at which an event of the recording was due until the frame that shows its row.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { closeBrowser, eventually, openPage, startDemo } from '../test/browser/harness.mjs';
import { writeRecording } from '../test/browser/recording.mjs';

const { values, positionals } = parseArgs({ allowPositionals: true, options: {
  snapshots: { type: 'string', default: '50000' }, visits: { type: 'string', default: '15' }, events: { type: 'string', default: '60' },
} });
const [MANY, VISITS, EVENTS] = [values.snapshots, values.visits, values.events].map(Number);
const programs = positionals.length ? positionals : [process.env.SNAPTRAIL_BINARY];

/** Before any script of the page: notes when the picture is there, and when each live row is drawn. */
const watch = () => {
  globalThis.drawn = {};
  new PerformanceObserver((list) => { globalThis.painted = list.getEntries().at(-1).renderTime; }).observe({ type: 'largest-contentful-paint', buffered: true });
  const look = () => {
    const there = () => document.querySelector('.tile.total') && document.querySelector('.list .line a') && document.querySelector('.finding, .all-well');
    if (!globalThis.firstPicture && there()) {
      // Behind the frame that holds it: the first callback comes before that frame is laid out.
      requestAnimationFrame(() => requestAnimationFrame(() => { globalThis.firstPicture ??= performance.now(); }));
    }
    for (const item of document.querySelectorAll('.activity [data-seq]')) {
      const seq = item.dataset.seq;
      if (globalThis.drawn[seq]) continue;
      globalThis.drawn[seq] = { at: Date.parse(item.querySelector('time').dateTime), shown: null };
      requestAnimationFrame(() => { globalThis.drawn[seq].shown = Date.now(); });
    }
  };
  new MutationObserver(look).observe(document, { childList: true, subtree: true });
};

const sorted = (numbers) => [...numbers].sort((a, b) => a - b);
const quantile = (numbers, q) => sorted(numbers)[Math.min(numbers.length - 1, Math.floor(numbers.length * q))];
const summary = (numbers) => `least ${Math.round(Math.min(...numbers))} ms, median ${Math.round(quantile(numbers, 0.5))} ms, 90 % ${Math.round(quantile(numbers, 0.9))} ms (${numbers.length})`;
const load = async () => (await readFile('/proc/loadavg', 'utf8')).split(' ')[0];

/** Watches the recording's live events, in one page that stays open. */
async function eventToPixel(url) {
  const page = await openPage(url, { init: watch });
  await eventually(page, (events) => Object.values(globalThis.drawn).filter((one) => one.shown).length >= events - 14, EVENTS);
  const late = await page.evaluate(() => Object.values(globalThis.drawn).filter((one) => one.shown).map((one) => one.shown - one.at));
  await page.context().close();
  return late.slice(-Math.floor(EVENTS * 0.4));  // the first ones may have come while the daemon still read what was there before
}

async function firstPicture(url) {
  const page = await openPage(url, { init: watch });
  let shown = {};
  // Seldom: to ask the page takes time from it.
  while (!shown.picture || !shown.painted) {
    await new Promise((resolve) => { setTimeout(resolve, 1500); });
    shown = await page.evaluate(() => ({ picture: globalThis.firstPicture, painted: globalThis.painted }));
  }
  await page.context().close();
  return shown;
}

const folder = await mkdtemp(path.join(os.tmpdir(), 'snaptrail-bench-'));
const all = [];
try {
  const file = path.join(folder, 'many.ndjson');
  await writeRecording(file, MANY, { live: EVENTS, every: 1 });
  const before = await load();
  for (const program of programs) {
    process.env.SNAPTRAIL_BINARY = program;
    const demo = await startDemo('--recording', file);
    all.push({ program, demo, firsts: [], late: await eventToPixel(demo.url) });
  }
  for (let visit = 0; visit < VISITS; ++visit) {
    for (const one of all) one.firsts.push(await firstPicture(one.demo.url));
  }
  console.log(`${MANY} snapshots, load ${before} to ${await load()}, ${os.cpus().length} cores (${os.cpus()[0].model})`);
  for (const { program, firsts, late } of all) {
    console.log(`${program}\n  first picture:  ${summary(firsts.map((one) => one.picture))}\n  painted:        ${summary(firsts.map((one) => one.painted))}\n  event to pixel: ${summary(late)}`);
  }
} finally {
  await closeBrowser();
  for (const one of all) await one.demo.stop();
  await rm(folder, { recursive: true, force: true });
}
