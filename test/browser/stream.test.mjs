/** Connections that break, and daemons that start again. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, test } from 'node:test';
import { closeBrowser, eventually, eventuallyAnswers, getJson, openPage, recordRows, startDemo, startRelay, temporaryFolder } from './harness.mjs';
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
  // So do changes of Kubernetes Events, but that of several of one only the last one need come; at the end each was heard as it is now.
  const { lastEvent } = await getJson(`${demo.url}/api/v1/version`);
  await eventually(page, (last) => globalThis.saidSeen.at(-1)?.change >= last, lastEvent);
  const said = await page.evaluate(() => globalThis.saidSeen);
  assert.ok(said.every((event, index) => !index || event.change > said[index - 1].change), 'their numbers rise');
  const heard = Object.fromEntries(said.map((event) => [event.event, event]));
  const { chain } = (await getJson(`${demo.url}/api/v1/timeline?limit=1&backup=full-backup`)).items[0];
  const kept = (await getJson(`${demo.url}/api/v1/events?chain=${chain}`)).items.filter((event) => event.change >= said[0].change);
  assert.ok(kept.length > 0);
  for (const event of kept) assert.deepEqual(heard[event.event], event);
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

test('an open chain shows what Kubernetes Events say as they are said, and asks for nothing while nothing happens', async (t) => {
  const demo = await startDemo('--speed', '1', '--pause', '600');
  t.after(demo.stop);
  const first = await eventuallyAnswers(`${demo.url}/api/v1/timeline?backup=full-backup&limit=1`, (answer) => answer.items[0]?.chain);
  const page = await openPage(`${demo.url}/#/chain/${first}`, { init: recordRows });
  await eventually(page, () => document.querySelector('[data-slot="restore.claim"]')?.dataset.state === 'Bound');
  const { lastEvent } = await getJson(`${demo.url}/api/v1/version`);
  await eventually(page, (last) => globalThis.saidSeen.at(-1)?.change >= last, lastEvent);
  const { items } = await getJson(`${demo.url}/api/v1/events?chain=${first}`);
  await eventually(page, (count) => document.querySelectorAll('table.rows tr.event').length === count, items.length);
  assert.ok(await page.evaluate(() => globalThis.saidSeen.length) > 0);
  // All that waited for its turn has had it once the clock has gone a minute further.
  await page.clock.install();
  await page.clock.fastForward('01:00');
  await page.reload();
  await eventually(page, (count) => document.querySelectorAll('table.rows tr.event').length === count, items.length);
  await eventually(page, () => document.getElementById('connection').dataset.state === 'live');
  await page.clock.fastForward('01:00');
  const asked = [];
  page.on('request', (request) => asked.push(request.url()));
  for (let minutes = 0; minutes < 5; ++minutes) await page.clock.fastForward('01:00');
  assert.deepEqual(asked, []);
  assert.deepEqual(page.problems, []);
});

test('a tab that is opened in the background has its picture, and goes on once it is looked at', async (t) => {
  const demo = await startDemo('--speed', '1', '--pause', '600');
  t.after(demo.stop);
  await eventuallyAnswers(`${demo.url}/api/v1/chains?ended=true`, (answer) => answer.total);
  const page = await openPage(demo.url, { init: () => {
    globalThis.inBackground = true;
    Object.defineProperty(document, 'hidden', { get: () => globalThis.inBackground });
    globalThis.streams = 0;
    const Real = globalThis.EventSource;
    globalThis.EventSource = class extends Real {
      constructor(...given) {
        super(...given);
        globalThis.streams += 1;
      }
    };
  } });
  await eventually(page, () => document.querySelector('.tile.total') && document.querySelector('.list .line a'));
  assert.equal(await page.evaluate(() => globalThis.streams), 0, 'it holds no connection');
  await page.evaluate(() => {
    globalThis.inBackground = false;
    document.dispatchEvent(new Event('visibilitychange'));
  });
  await eventually(page, () => document.getElementById('connection').dataset.state === 'live');
  await eventually(page, () => document.querySelector('[data-slot="restore.claim"]')?.dataset.state === 'Bound');
  assert.equal(await page.evaluate(() => globalThis.streams), 1);
  assert.deepEqual(page.problems, []);
});
