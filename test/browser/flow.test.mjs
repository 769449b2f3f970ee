/** The recorded backup and restore, as the page tells it. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { closeBrowser, eventually, eventuallyAnswers, getJson, openPage, startDemo } from './harness.mjs';

after(closeBrowser);

/** Keeps every state that a place of the flow goes through. */
const watchStates = () => {
  globalThis.wentThrough = {};
  new MutationObserver(() => {
    for (const node of document.querySelectorAll('[data-slot]')) {
      const states = (globalThis.wentThrough[node.dataset.slot] ??= []);
      if (node.dataset.state && states[states.length - 1] !== node.dataset.state) states.push(node.dataset.state);
    }
  }).observe(document, { childList: true, subtree: true, attributes: true });
};

const chainOfRestore = async (url) => (await getJson(`${url}/api/v1/timeline?restore=full-restore&limit=1`)).items[0]?.chain;

test('the flow goes through its steps while the demo plays, and every step is lit at its end', async (t) => {
  // Slowly: each state has to stand long enough to be drawn on a busy machine too.
  const demo = await startDemo('--speed', '0.5', '--pause', '600');
  t.after(demo.stop);
  const page = await openPage(demo.url, { init: watchStates });
  await eventually(page, () => document.querySelector('[data-slot="restore.claim"]')?.dataset.state === 'Bound');
  const states = await page.evaluate(() => globalThis.wentThrough);
  assert.deepEqual(states['backup.snapshot'].filter((state) => ['Creating', 'Ready', 'Deleted'].includes(state)), ['Creating', 'Ready', 'Deleted']);
  assert.ok(states['restore.claim'].includes('Requested'), `the restored claim went through ${states['restore.claim']}`);
  assert.equal(await page.locator('[data-slot="handle"] .node-name').textContent(), '5');
  assert.match(await page.locator('[data-slot="handle"]').textContent(), /Retained/);
  assert.match(await page.locator('#narration').textContent(), /restored and bound|is bound/);
  await page.locator('.now .more').click();
  await eventually(page, () => document.querySelectorAll('.steps li.done').length === 12);
  assert.equal(await page.locator('.edge.dim').count(), 0);
  assert.deepEqual(page.problems, []);
});

test('going back in time shows what was not known yet as unknown, and nil never as false', async (t) => {
  const demo = await startDemo('--speed', '1000', '--pause', '600');
  t.after(demo.stop);
  const page = await openPage(demo.url);
  await eventually(page, () => document.querySelector('[data-slot="restore.claim"]')?.dataset.state === 'Bound');
  const chain = await chainOfRestore(demo.url);
  const rows = (await getJson(`${demo.url}/api/v1/timeline?backup=full-backup`)).items.filter((row) => row.kind === 'VolumeSnapshot');
  const asked = rows.find((row) => row.to === 'Pending').at;
  await page.goto(`${demo.url}/#/chain/${chain}?at=${asked}`);
  await page.locator('[data-slot="backup.snapshot"][data-state="Pending"]').waitFor();
  assert.match(await page.locator('[data-slot="backup.snapshot"]').textContent(), /readyToUse nil/);
  assert.equal(await page.locator('[data-slot="backup.snapshot"] .chip.unknown').count(), 1);
  assert.match(await page.locator('[data-slot="handle"]').textContent(), /not known yet/);
  assert.match(await page.locator('[data-slot="restore.claim"]').textContent(), /not there yet/);
  const cut = rows.find((row) => row.to === 'Creating').at;
  await page.goto(`${demo.url}/#/chain/${chain}?at=${cut}`);
  await eventually(page, () => document.querySelector('[data-slot="backup.snapshot"]')?.textContent.includes('readyToUse false'));
  await page.getByRole('button', { name: 'Back to now' }).click();
  await page.locator('[data-slot="restore.claim"][data-state="Bound"]').waitFor();
  assert.ok(!page.url().includes('at='));
  assert.deepEqual(page.problems, []);
});

test('the story is exported as JSON and as a report', async (t) => {
  const demo = await startDemo('--speed', '1000', '--pause', '600');
  t.after(demo.stop);
  const page = await openPage(demo.url);
  await eventually(page, () => document.querySelector('[data-slot="restore.claim"]')?.dataset.state === 'Bound');
  await page.goto(`${demo.url}/#/chain/${await chainOfRestore(demo.url)}`);
  for (const [name, suffix] of [['Export JSON', '.json'], ['Export report', '.md']]) {
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name }).click()]);
    assert.ok(download.suggestedFilename().endsWith(suffix), download.suggestedFilename());
  }
});

test('the demo begins anew after its pause, with a ledger of its own', async (t) => {
  const demo = await startDemo('--speed', '1000', '--pause', '2');
  t.after(demo.stop);
  const page = await openPage(demo.url);
  // At this speed the demo may be between two ledgers, and not to be reached, at any moment.
  const version = `${demo.url}/api/v1/version`;
  const first = await eventuallyAnswers(version, (answer) => answer.ledger);
  await eventuallyAnswers(version, (answer) => answer.ledger !== first);
  await eventually(page, () => document.getElementById('connection').dataset.state === 'live');
  assert.deepEqual(page.problems, []);
});
