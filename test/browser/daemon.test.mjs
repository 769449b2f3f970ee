/** The page of a daemon on a real API server: objects are written through the API as the controllers write them. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { object, path, startCluster } from './cluster.mjs';
import { closeBrowser, eventually, eventuallyAnswers, getJson, openPage, recordRows } from './harness.mjs';

const BEING_CREATED = { 'snapshot.storage.kubernetes.io/volumesnapshot-being-created': 'yes' };
const NS = 'shop';

let cluster;
let url;
before(async () => {
  cluster = await startCluster();
  await cluster.create(path.namespaces, object.namespace(NS));
  await cluster.create(path.classes, object.snapshotClass('retain'));
  url = await cluster.start();
});
after(async () => {
  await closeBrowser();
  await cluster?.end();
});

const inPlace = (page, slot, state) => eventually(page, ([place, wanted]) => document.querySelector(`[data-slot="${place}"]`)?.dataset.state === wanted, [slot, state]);
const textOf = (page, slot) => page.locator(`[data-slot="${slot}"]`).textContent();
const status = (place, name) => `${place}/${name}/status`;

/** A claim on a volume that is there, bound. */
async function bind(name, handle, spec = {}) {
  const claim = await cluster.create(path.claims(NS), object.claim(name, { volumeName: `pv-${name}-${handle}`, ...spec }));
  await cluster.create(path.volumes, object.volume(`pv-${name}-${handle}`, claim, handle));
  await cluster.patch(status(path.volumes, `pv-${name}-${handle}`), { status: { phase: 'Bound' } });
  await cluster.patch(status(path.claims(NS), name), { status: { phase: 'Bound' } });
}

test('the flow goes through its steps as the API server tells of them, from the first snapshot to the restored claim', async () => {
  await bind('data', 'vol-1');
  const page = await openPage(url);
  await eventually(page, () => document.getElementById('connection').dataset.state === 'live');

  let snapshot = await cluster.create(path.snapshots(NS), object.snapshot('nightly', { persistentVolumeClaimName: 'data' }, 'retain'));
  await inPlace(page, 'backup.snapshot', 'Pending');
  assert.match(await textOf(page, 'backup.snapshot'), /readyToUse nil/);
  await cluster.create(path.contents, object.content('content-1', snapshot, { volumeHandle: 'vol-1' }, BEING_CREATED));
  await cluster.patch(status(path.snapshots(NS), 'nightly'), { status: { boundVolumeSnapshotContentName: 'content-1', readyToUse: false } });
  await inPlace(page, 'backup.snapshot', 'Creating');
  assert.match(await textOf(page, 'backup.snapshot'), /readyToUse false/);
  await cluster.patch(status(path.contents, 'content-1'), { status: { snapshotHandle: 'handle-1', readyToUse: true, creationTime: Date.now() * 1e6 } });
  await inPlace(page, 'backup.content', 'Ready');
  assert.match(await textOf(page, 'handle'), /handle-1/);
  await cluster.patch(status(path.snapshots(NS), 'nightly'), { status: { readyToUse: true, creationTime: new Date().toISOString() } });
  await inPlace(page, 'backup.snapshot', 'Ready');
  await cluster.create(path.events(NS), object.event(snapshot, 'Normal', 'SnapshotReady', 'Snapshot shop/nightly is ready to use.'));
  for (const place of [`${path.contents}/content-1`, `${path.snapshots(NS)}/nightly`]) await cluster.remove(place);
  await inPlace(page, 'backup.snapshot', 'Deleted');
  assert.match(await textOf(page, 'handle'), /Retained/);
  await cluster.patch(`${path.claims(NS)}/data`, { metadata: { finalizers: null } });
  await cluster.remove(`${path.claims(NS)}/data`).catch(() => {});

  snapshot = await cluster.create(path.snapshots(NS), object.snapshot('nightly', { volumeSnapshotContentName: 'content-2' }, 'retain'));
  await cluster.create(path.contents, object.content('content-2', snapshot, { snapshotHandle: 'handle-1' }));
  await cluster.patch(status(path.contents, 'content-2'), { status: { snapshotHandle: 'handle-1', readyToUse: true } });
  await cluster.patch(status(path.snapshots(NS), 'nightly'), { status: { boundVolumeSnapshotContentName: 'content-2', readyToUse: true } });
  await inPlace(page, 'restore.snapshot', 'Ready');
  await bind('data', 'vol-2', { dataSource: { apiGroup: 'snapshot.storage.k8s.io', kind: 'VolumeSnapshot', name: 'nightly' } });
  await inPlace(page, 'restore.claim', 'Bound');

  await page.locator('.now .more').click();
  await eventually(page, () => document.querySelectorAll('.steps li.done').length === 12);
  await page.locator('.bars .event-mark').first().waitFor({ state: 'attached' });
  assert.match(await page.locator('table.rows').textContent(), /Normal SnapshotReady/);
  assert.deepEqual(page.problems, []);
  await page.context().close();
});

test('a snapshot whose class is missing shows the reason, what to do, and what a Kubernetes Event says of it', async () => {
  const page = await openPage(url);
  const stuck = await cluster.create(path.snapshots(NS), object.snapshot('stuck', { persistentVolumeClaimName: 'data' }, 'missing'));
  await cluster.create(path.events(NS), object.event(stuck, 'Warning', 'GetSnapshotClassFailed', 'volumesnapshotclass "missing" not found'));
  const card = page.locator('.finding[data-reason="SnapshotClassNotFound"]');
  await card.waitFor();
  assert.match(await card.textContent(), /shop\/stuck/);
  await card.getByRole('link').click();
  const blockage = page.locator('.centre .finding[data-reason="SnapshotClassNotFound"]');
  await blockage.waitFor();
  assert.match(await blockage.textContent(), /missing/);
  assert.ok(await blockage.locator('.fix').count() > 0, 'it says what to do');
  await page.locator('.bars .event-mark.warn').waitFor({ state: 'attached' });
  assert.match(await page.locator('table.rows').textContent(), /Warning GetSnapshotClassFailed ×3/);
  assert.deepEqual(page.problems, []);
  await page.context().close();
});

test('a daemon that stops and starts again on its ledger leaves the page no gap and nothing twice', async () => {
  const page = await openPage(url, { init: recordRows });
  await eventually(page, () => globalThis.streams === 1);
  await cluster.create(path.snapshots(NS), object.snapshot('before', { persistentVolumeClaimName: 'data' }, 'retain'));
  await eventually(page, () => globalThis.rowsSeen.length > 0);
  assert.equal(await cluster.stop(), 0);
  await eventually(page, () => document.getElementById('connection').dataset.state === 'waiting');
  await cluster.create(path.snapshots(NS), object.snapshot('meanwhile', { persistentVolumeClaimName: 'data' }, 'retain'));
  assert.equal(await cluster.start(), url);
  await eventually(page, () => document.getElementById('connection').dataset.state === 'live');
  const found = await eventuallyAnswers(`${url}/api/v1/timeline?name=meanwhile`, (answer) => answer.items[0]);
  assert.equal(found.late, true, 'found by the list');
  await eventually(page, () => [...document.querySelectorAll('.list .c-name')].some((cell) => cell.textContent.includes('shop/meanwhile')));
  await cluster.create(path.snapshots(NS), object.snapshot('after', { persistentVolumeClaimName: 'data' }, 'retain'));
  const last = await eventuallyAnswers(`${url}/api/v1/timeline?name=after`, (answer) => answer.items[0]?.seq);
  await eventually(page, (seq) => globalThis.rowsSeen[globalThis.rowsSeen.length - 1] >= seq, last);
  const seen = await page.evaluate(() => globalThis.rowsSeen);
  assert.deepEqual(seen, seen.map((_, index) => seen[0] + index), 'the numbers rise by one');
  const { items } = await getJson(`${url}/api/v1/timeline?limit=5000`);
  assert.deepEqual(items.map((row) => row.seq), items.map((_, index) => index + 1));
  assert.deepEqual(page.problems, []);
});
