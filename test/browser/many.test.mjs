/** Fifty thousand snapshots. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, test } from 'node:test';
import { closeBrowser, eventually, openPage, startDemo, temporaryFolder } from './harness.mjs';
import { writeRecording } from './recording.mjs';

after(closeBrowser);
const MANY = 50000;

test('fifty thousand snapshots are listed, scrolled and filtered, and only what is in sight exists', async (t) => {
  const file = path.join(await temporaryFolder(t), 'many.ndjson');
  await writeRecording(file, MANY);
  const demo = await startDemo('--recording', file);
  t.after(demo.stop);
  const page = await openPage(demo.url);
  // No row tells of them: they were there when the daemon began.
  await eventually(page, () => /50,000 in all/.test(document.body.textContent));
  await eventually(page, () => document.querySelectorAll('.list .line a').length > 5);
  assert.ok(await page.locator('.list .line').count() < 60);
  const first = await page.locator('#chain-line-0 a').textContent();
  await page.locator('.list').focus();
  await page.keyboard.press('End');
  await eventually(page, (last) => document.querySelector(`#chain-line-${last} a`), MANY - 1);
  assert.notEqual(await page.locator(`#chain-line-${MANY - 1} a`).textContent(), first);
  assert.ok(await page.locator('.list .line').count() < 60);
  await page.locator('#filter-text').fill('snap-04242');
  await eventually(page, () => document.querySelectorAll('.list .line').length === 1);
  assert.equal(await page.locator('.list .line a').textContent(), 'ns-42/snap-04242');
  await page.locator('.list .line a').click();
  await eventually(page, () => document.querySelector('[data-slot="handle"] .node-name')?.textContent === 'handle-4242');
  assert.deepEqual(page.problems, []);
});
