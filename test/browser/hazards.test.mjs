/** What goes wrong, and how the page says so. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { closeBrowser, eventually, getJson, openPage, startDemo } from './harness.mjs';

after(closeBrowser);

test('a visitor switches to another recording, and a stuck snapshot shows its reason, evidence and fix', async (t) => {
  // Slowly: what is wrong stands for a minute.
  const demo = await startDemo('--speed', '0.3', '--pause', '600');
  t.after(demo.stop);
  const page = await openPage(demo.url);
  const before = (await getJson(`${demo.url}/api/v1/version`)).ledger;
  await page.getByRole('button', { name: 'What goes wrong' }).click();
  const card = page.locator('.finding[data-reason="SnapshotClassNotFound"]').first();
  await card.waitFor();
  assert.notEqual((await getJson(`${demo.url}/api/v1/version`)).ledger, before);
  assert.equal(await page.getByRole('button', { name: 'What goes wrong' }).getAttribute('aria-pressed'), 'true');
  await card.getByRole('link').click();
  const blockage = page.locator('.centre .finding[data-reason="SnapshotClassNotFound"]');
  await blockage.waitFor();
  assert.match(await blockage.textContent(), /since/);
  assert.ok(await blockage.locator('.evidence li').count() > 0, 'there is evidence');
  assert.match(await blockage.locator('.fix').textContent(), /kubectl/);
  assert.equal(await page.locator('[data-slot="backup.snapshot"] .node-flag').textContent(), 'SnapshotClassNotFound');
  assert.deepEqual(page.problems, []);
});

test('the busy night fills the overview, and its namespaces and states filter the list', async (t) => {
  const demo = await startDemo('--speed', '50', '--pause', '600');
  t.after(demo.stop);
  const page = await openPage(demo.url);
  await page.getByRole('button', { name: 'A busy night' }).click();
  await eventually(page, () => document.querySelectorAll('.list .line a').length > 10);
  await page.locator('.ns-bars button').first().click();
  await eventually(page, () => location.hash.includes('ns='));
  const namespace = new URLSearchParams((await page.evaluate(() => location.hash)).split('?')[1]).get('ns');
  await eventually(page, (ns) => {
    const names = [...document.querySelectorAll('.list .c-name')].map((cell) => cell.textContent);
    return names.length > 0 && names.every((name) => name.includes(`${ns}/`));
  }, namespace);
  // The same list by its address alone.
  const address = page.url();
  await page.goto('about:blank');
  await page.goto(address);
  await eventually(page, (ns) => document.getElementById('filter-ns')?.value === ns && document.querySelectorAll('.list .c-name').length > 0, namespace);
  assert.deepEqual(page.problems, []);
});
