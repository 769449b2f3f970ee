/** Back through time: the overview and the timeline of any moment. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { closeBrowser, eventually, getJson, openPage, startDemo, violations } from './harness.mjs';

let demo;
let rows;
before(async () => {
  demo = await startDemo('--speed', '1000', '--pause', '600');
  const page = await openPage(demo.url);
  await eventually(page, () => document.querySelector('[data-slot="restore.claim"]')?.dataset.state === 'Bound');
  await page.context().close();
  rows = (await getJson(`${demo.url}/api/v1/timeline?limit=5000`)).items;
});
after(async () => {
  await closeBrowser();
  await demo?.stop();
});

const listed = (page, what) => eventually(page, (wanted) => [...document.querySelectorAll('.list .line')].some((line) => line.textContent.includes(wanted)), what);

test('the overview of a moment has the counts, the list and the story of then', async () => {
  const page = await openPage(demo.url);
  const { at } = rows.find((row) => row.kind === 'VolumeSnapshot' && row.to === 'Creating');
  await page.goto(`${demo.url}/#/?at=${at}`);
  await listed(page, 'Creating');
  assert.equal(await page.locator('.tile.total b').textContent(), '1');
  assert.equal(await page.locator('.tile[data-state="Creating"] b').textContent(), '1');
  await page.locator('[data-slot="backup.snapshot"][data-state="Creating"]').waitFor();
  assert.match(await page.locator('[data-slot="restore.claim"]').textContent(), /not there yet/);
  assert.equal(await page.locator('[data-slot="backup.snapshot"] .node-age').textContent(), '0s', 'ages are those of then');
  assert.equal(await page.locator('[data-slot="backup.claim"]').getAttribute('data-state'), 'Bound', 'the source is drawn as it was before it went');
  assert.match(await page.locator('.scrub .moment').textContent(), /as it was at/);
  const told = await page.locator('.activity li').count();
  assert.equal(told, rows.filter((row) => row.at <= at && row.fact?.type !== 'FinalizersRemoved').length, 'what happened up to then is told, and no more');
  assert.deepEqual(await violations(page), []);
  // Its story opens at the same moment.
  for (const link of ['.now .more', '.list .line a']) assert.match(await page.locator(link).first().getAttribute('href'), /at=/);
  await page.getByRole('button', { name: 'Back to now' }).click();
  await page.locator('[data-slot="restore.claim"][data-state="Bound"]').waitFor();
  assert.ok(!page.url().includes('at='));
  assert.deepEqual(page.problems, []);
  await page.context().close();
});

test('protection of a moment is what could be brought back then', async () => {
  const page = await openPage(demo.url);
  const ready = rows.find((row) => row.kind === 'VolumeSnapshotContent' && row.to === 'Ready');
  const source = rows.find((row) => row.kind === 'PersistentVolumeClaim' && !row.chain && row.to === 'Deleted');
  const cells = async (at) => {
    await page.goto(`${demo.url}/#/?at=${new Date(at).toISOString()}`);
    const line = page.locator('[aria-label="Protection by namespace"] tbody tr').filter({ hasText: source.namespace });
    await eventually(page, (ns) => [...document.querySelectorAll('section[aria-label="Protection by namespace"] tbody tr')].some((one) => one.textContent.includes(ns)), source.namespace);
    return line.first().locator('td').allTextContents();
  };
  assert.equal((await cells(Date.parse(ready.at) - 1))[2], '0 of 1');
  await page.goto('about:blank');
  assert.equal((await cells(Date.parse(ready.at)))[2], '1 of 1');
  assert.match(await page.locator('section[aria-label="Protection by namespace"]').textContent(), /Targets are those of now/);
  assert.deepEqual(await violations(page), []);
  assert.deepEqual(page.problems, []);
  await page.context().close();
});

test('one goes from change to change, by keyboard too, and past the last is now', async () => {
  const page = await openPage(demo.url);
  const before = page.getByRole('button', { name: 'To the change before' });
  await before.waitFor();
  const shownAt = (at) => eventually(page, (wanted) => new URLSearchParams(location.hash.split('?')[1]).get('at') === wanted, at);
  const times = [...new Set(rows.map((row) => row.at))].sort();
  await before.focus();
  await page.keyboard.press('Enter');
  await shownAt(times.at(-1));
  await page.keyboard.press('Enter');
  await shownAt(times.at(-2));
  await page.getByRole('button', { name: 'To the change after' }).click();
  await shownAt(times.at(-1));
  await page.getByRole('button', { name: 'To the change after' }).click();
  await eventually(page, () => !location.hash.includes('at='));
  const slider = page.getByRole('slider', { name: 'Moment that is shown' });
  await slider.focus();
  await page.keyboard.press('Home');
  await eventually(page, () => location.hash.includes('at='));
  assert.match(await slider.getAttribute('aria-valuetext'), /as it was at/);
  assert.deepEqual(page.problems, []);
  await page.context().close();
});

test('Kubernetes Events are on the timeline, between the rows, and in both exports', async () => {
  const page = await openPage(demo.url);
  const { chain } = rows.find((row) => row.chain);
  const { items } = await getJson(`${demo.url}/api/v1/events?chain=${chain}`);
  assert.ok(items.some((event) => event.reason === 'SnapshotReady'));
  await page.goto(`${demo.url}/#/chain/${chain}`);
  await eventually(page, (count) => document.querySelectorAll('.bars .event-mark').length === count, items.length);
  assert.equal(await page.locator('table.rows tr.event').count(), items.length);
  assert.match(await page.locator('table.rows').textContent(), /Normal SnapshotReady/);
  assert.match(await page.locator('.bars .event-mark title').first().textContent(), /Normal|Warning/);
  const story = await getJson(`${demo.url}/api/v1/export?chain=${chain}`);
  assert.deepEqual(story.events, items);
  const report = await (await fetch(`${demo.url}/api/v1/export?chain=${chain}&format=markdown`)).text();
  assert.match(report, /Event Normal: SnapshotReady/);
  assert.deepEqual(await violations(page), []);
  assert.deepEqual(page.problems, []);
  await page.context().close();
});
