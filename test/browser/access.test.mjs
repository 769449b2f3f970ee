/** For every screen, theme and reader. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { assertNoSideways, closeBrowser, eventually, getJson, openPage, startDemo, violations } from './harness.mjs';
import { writeStandingHazards } from './recording.mjs';

let demo;
let folder;
let chains;
before(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'snaptrail-access-'));
  await writeStandingHazards(path.join(folder, 'hazards.ndjson'));
  demo = await startDemo('--recording', path.join(folder, 'hazards.ndjson'), '--speed', '4');
  const page = await openPage(demo.url);
  await eventually(page, () => document.querySelectorAll('.finding').length >= 3);
  chains = (await getJson(`${demo.url}/api/v1/findings`)).items.filter((row) => row.chain).map((row) => row.chain);
  await page.context().close();
});
after(async () => {
  await closeBrowser();
  await demo?.stop();
  await rm(folder, { recursive: true, force: true });
});

const settled = (page) => eventually(page, () => document.querySelectorAll('.tile, .steps').length > 0 && document.querySelectorAll('.finding, .all-well').length > 0 && document.getElementById('connection').dataset.state === 'live');

for (const dark of [false, true]) {
  test(`axe finds nothing serious in the overview and a chain, ${dark ? 'dark' : 'light'}`, async () => {
    const page = await openPage(demo.url, { dark, still: true });
    await settled(page);
    assert.deepEqual(await violations(page), []);
    await page.goto(`${demo.url}/#/chain/${chains[0]}`);
    await page.locator('.steps').first().waitFor();
    assert.deepEqual(await violations(page), []);
    assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), dark ? 'dark' : 'light');
    assert.deepEqual(page.problems, []);
    await page.context().close();
  });
}

test('the colours are the reader\'s choice, and stay it', async () => {
  const page = await openPage(demo.url);
  await page.getByRole('button', { name: 'Use dark colours' }).click();
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const dark = await background();
  await page.reload();
  await page.getByRole('button', { name: 'Use light colours' }).waitFor();
  assert.equal(await background(), dark);
  await page.getByRole('button', { name: 'Use light colours' }).click();
  assert.notEqual(await background(), dark);
  await page.context().close();
});

for (const [width, height] of [[360, 740], [768, 1024], [1280, 800], [3840, 2160]]) {
  test(`everything fits a window of ${width} pixels`, async () => {
    const page = await openPage(demo.url, { width, height });
    await settled(page);
    await assertNoSideways(page);
    await page.goto(`${demo.url}/#/chain/${chains[0]}`);
    await page.locator('.steps').first().waitFor();
    await assertNoSideways(page);
    // No place of the flow covers another one.
    const overlaps = await page.evaluate(() => {
      const boxes = [...document.querySelectorAll('.node-place')].map((node) => node.getBoundingClientRect());
      return boxes.some((a, i) => boxes.some((b, j) => i < j && a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1));
    });
    assert.equal(overlaps, false);
    await page.context().close();
  });
}

test('by keyboard alone: from the list to a chain, back through time, and out again', async () => {
  const page = await openPage(demo.url);
  await settled(page);
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Skip to the content');
  for (let presses = 0; presses < 80; ++presses) {
    await page.keyboard.press('Tab');
    if (await page.evaluate(() => document.activeElement.getAttribute('role') === 'grid')) break;
  }
  await eventually(page, () => document.activeElement.getAttribute('aria-activedescendant') === 'chain-line-0');
  await page.keyboard.press('ArrowDown');
  await eventually(page, () => document.activeElement.getAttribute('aria-activedescendant') === 'chain-line-1');
  const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
  assert.equal(outline, 'solid', 'the focus can be seen');
  await page.keyboard.press('Home');
  await page.keyboard.press('Enter');
  await page.locator('.steps').first().waitFor();
  await eventually(page, () => document.activeElement.id === 'main');
  for (let presses = 0; presses < 80; ++presses) {
    await page.keyboard.press('Tab');
    if (await page.evaluate(() => document.activeElement.type === 'range')) break;
  }
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('PageDown');
  await eventually(page, () => location.hash.includes('at='));
  assert.match(await page.evaluate(() => document.activeElement.getAttribute('aria-valuetext')), /after the beginning/);
  await page.goBack();
  await page.locator('.tile').first().waitFor();
  await page.context().close();
});

test('what happens is read aloud as a sentence, and nothing moves for who wants it still', async () => {
  const other = await startDemo('--speed', '5', '--pause', '600');
  try {
    const page = await openPage(other.url, { still: true });
    await eventually(page, () => document.getElementById('announcer').textContent.length > 10);
    const moving = await page.evaluate(() => document.getAnimations().filter((one) => one.playState === 'running').length);
    assert.equal(moving, 0);
    await page.context().close();
  } finally {
    await other.stop();
  }
});
