/**
 * How fast the page is, in a real Chromium on this machine (docs/benchmarks.md):
 *   SNAPTRAIL_BINARY=build/snaptrail SNAPTRAIL_BROWSER_MODULES=.cache/browser node bench/page_bench.mjs [SNAPSHOTS]
 * First picture: from the navigation's start until counts, list and the first lines are drawn, each time in a new browser profile.
 * Event to pixel: from the moment at which an event of the recording was due until the frame that shows its row.
 */
import path from 'node:path';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import { closeBrowser, eventually, openPage, startDemo } from '../test/browser/harness.mjs';
import { writeRecording } from '../test/browser/recording.mjs';

const MANY = Number(process.argv[2] ?? 50000);
const EVENTS = 40;
const VISITS = 9;

/** Before any script of the page: notes when the picture is there, and when each live row is drawn. */
const watch = () => {
  globalThis.drawn = {};
  const look = () => {
    if (!globalThis.firstPicture && document.querySelector('.tile.total') && document.querySelector('.list .line a')) {
      requestAnimationFrame(() => { globalThis.firstPicture ??= performance.now(); });
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
const summary = (numbers) => `median ${Math.round(quantile(numbers, 0.5))} ms, 90 % ${Math.round(quantile(numbers, 0.9))} ms, longest ${Math.round(Math.max(...numbers))} ms (${numbers.length})`;

const folder = await mkdtemp(path.join(os.tmpdir(), 'snaptrail-bench-'));
let demo;
try {
  const file = path.join(folder, 'many.ndjson');
  await writeRecording(file, MANY, { live: EVENTS, every: 1 });
  demo = await startDemo('--recording', file);
  const live = await openPage(demo.url, { init: watch });
  await eventually(live, (events) => Object.values(globalThis.drawn).filter((one) => one.shown).length >= events - 14, EVENTS);
  const late = await live.evaluate(() => Object.values(globalThis.drawn).filter((one) => one.shown).map((one) => one.shown - one.at));
  await live.context().close();
  const firsts = [];
  for (let visit = 0; visit < VISITS; ++visit) {
    const page = await openPage(demo.url, { init: watch });
    firsts.push(await eventually(page, () => globalThis.firstPicture));
    await page.context().close();
  }
  console.log(`${MANY} snapshots`);
  console.log(`first picture:  ${summary(firsts)}`);
  console.log(`event to pixel: ${summary(late.slice(-(EVENTS - 16)))}`);
} finally {
  await closeBrowser();
  await demo?.stop();
  await rm(folder, { recursive: true, force: true });
}
