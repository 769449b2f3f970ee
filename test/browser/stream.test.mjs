/** Connections that break, and daemons that start again. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, test } from 'node:test';
import { closeBrowser, eventually, getJson, openPage, recordRows, startDemo, startRelay, temporaryFolder } from './harness.mjs';
import { writeStandingHazards } from './recording.mjs';

after(closeBrowser);

test('connections that are cut again and again lose no row and bring none twice', async (t) => {
  const demo = await startDemo('--speed', '2', '--pause', '600');
  t.after(demo.stop);
  const relay = await startRelay(demo.url);
  t.after(relay.stop);
  const page = await openPage(relay.url, { init: recordRows });
  await eventually(page, () => globalThis.streams === 1);
  for (let cuts = 1; cuts <= 4; ++cuts) {
    const seen = await page.evaluate(() => globalThis.rowsSeen.length);
    await eventually(page, (count) => globalThis.rowsSeen.length > count, seen);
    relay.cut();
    await eventually(page, (count) => globalThis.streams > count, cuts);
  }
  await eventually(page, () => document.querySelector('[data-slot="restore.claim"]')?.dataset.state === 'Bound');
  const { lastSeq } = await getJson(`${demo.url}/api/v1/timeline?newest=1`);
  await eventually(page, (last) => globalThis.rowsSeen[globalThis.rowsSeen.length - 1] >= last, lastSeq);
  const seen = await page.evaluate(() => globalThis.rowsSeen);
  assert.deepEqual(seen, seen.map((_, index) => seen[0] + index), 'the numbers rise by one');
  assert.deepEqual(page.problems, []);
});

test('after a restart of the daemon the page finds it again by itself, and shows what is there now', async (t) => {
  const first = await startDemo('--speed', '1000', '--pause', '600');
  const page = await openPage(first.url);
  await eventually(page, () => document.querySelector('[data-slot="restore.claim"]')?.dataset.state === 'Bound');
  await first.stop();
  await eventually(page, () => document.getElementById('connection').dataset.state === 'waiting');
  const file = path.join(await temporaryFolder(t), 'hazards.ndjson');
  await writeStandingHazards(file);
  const second = await startDemo('--listen', new URL(first.url).host, '--recording', file, '--speed', '5');
  t.after(second.stop);
  await eventually(page, () => document.getElementById('connection').dataset.state === 'live');
  await page.locator('.finding').first().waitFor();
  assert.equal(await page.locator('[data-slot="restore.claim"][data-state="Bound"]').count(), 0);
  assert.deepEqual(page.problems, []);
});
