/**
 * Makes the pictures of docs/images anew, from the demo at the end of its first recording:
 *   SNAPTRAIL_BINARY=build/snaptrail SNAPTRAIL_BROWSER_MODULES=.cache/browser node test/browser/pictures.mjs
 */
import { mkdir } from 'node:fs/promises';
import { closeBrowser, eventually, getJson, openPage, startDemo } from './harness.mjs';

const FOLDER = 'docs/images';

async function picture(address, file, how) {
  const page = await openPage(address, { width: 1360, height: 900, still: true, ...how });
  await eventually(page, () => document.getElementById('connection').dataset.state === 'live' && document.querySelectorAll('.node:not(.ghost)').length > 4);
  await page.evaluate(() => document.fonts.ready);
  await page.screenshot({ path: `${FOLDER}/${file}`, type: 'jpeg', quality: 72 });
  await page.context().close();
}

await mkdir(FOLDER, { recursive: true });
const demo = await startDemo('--speed', '20', '--pause', '600');
try {
  const page = await openPage(demo.url);
  await eventually(page, () => document.querySelector('[data-slot="restore.claim"]')?.dataset.state === 'Bound');
  await page.context().close();
  const { chain } = (await getJson(`${demo.url}/api/v1/timeline?restore=full-restore&limit=1`)).items[0];
  await picture(demo.url, 'overview-light.jpg', {});
  await picture(demo.url, 'overview-dark.jpg', { dark: true });
  await picture(`${demo.url}/#/chain/${chain}`, 'chain-light.jpg', { height: 1000 });
  await picture(`${demo.url}/#/chain/${chain}`, 'chain-dark.jpg', { height: 1000, dark: true });
  await picture(demo.url, 'narrow.jpg', { width: 360, height: 780 });
} finally {
  await closeBrowser();
  await demo.stop();
}
