/** A recording of many snapshots that are ready, for lists that are long. */
import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';

const BEGIN = 1795389067;
const CLEAN_UP = 1795389588;
const uid = (kind, number) => `${kind}0000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
const seconds = (number) => new Date((BEGIN - 86400 + number) * 1000).toISOString().replace('.000', '');

function snapshot(number) {
  return {
    apiVersion: 'snapshot.storage.k8s.io/v1', kind: 'VolumeSnapshot',
    metadata: { name: `snap-${String(number).padStart(5, '0')}`, namespace: `ns-${number % 50}`, uid: uid(1, number), resourceVersion: String(10 + number), creationTimestamp: seconds(number % 3600) },
    spec: { source: { persistentVolumeClaimName: `data-${number}` }, volumeSnapshotClassName: 'fast' },
    status: { readyToUse: true, boundVolumeSnapshotContentName: `content-${number}`, creationTime: seconds(number % 3600), restoreSize: '1Gi' },
  };
}

function content(number) {
  return {
    apiVersion: 'snapshot.storage.k8s.io/v1', kind: 'VolumeSnapshotContent',
    metadata: { name: `content-${number}`, uid: uid(2, number), resourceVersion: String(10 + number), creationTimestamp: seconds(number % 3600) },
    spec: { deletionPolicy: 'Retain', driver: number % 4 ? 'fast.csi.example.com' : 'slow.csi.example.com', source: { volumeHandle: `vol-${number}` }, volumeSnapshotRef: { kind: 'VolumeSnapshot', name: `snap-${String(number).padStart(5, '0')}`, namespace: `ns-${number % 50}`, uid: uid(1, number) } },
    status: { readyToUse: true, snapshotHandle: `handle-${number}`, restoreSize: 1073741824 },
  };
}

const end = (kind) => ({ type: 'BOOKMARK', object: { apiVersion: 'snapshot.storage.k8s.io/v1', kind, metadata: { resourceVersion: '900000', annotations: { 'k8s.io/initial-events-end': 'true' } } } });

/** The recorded hazards up to the moment at which all of them stand; what comes later is their clean-up. */
export async function writeStandingHazards(file) {
  const lines = (await readFile('test/data/recordings/hazards.ndjson', 'utf8')).split('\n').filter((line) => line && JSON.parse(line).at < CLEAN_UP);
  await writeFile(file, `${lines.join('\n')}\n`);
}

/** Writes one with that many snapshots, and `live` further ones afterwards, one every `every` seconds. */
export async function writeRecording(file, count, { live = 0, every = 1 } = {}) {
  const out = createWriteStream(file);
  const line = async (at, resource, event) => {
    if (!out.write(`${JSON.stringify({ at, resource, event })}\n`)) await once(out, 'drain');
  };
  out.write(`${JSON.stringify({ recording: 1, cluster: 'large' })}\n`);
  for (let i = 0; i < count; ++i) await line(BEGIN, 'volumesnapshotcontents', { type: 'ADDED', object: content(i) });
  await line(BEGIN, 'volumesnapshotcontents', end('VolumeSnapshotContent'));
  for (let i = 0; i < count; ++i) await line(BEGIN, 'volumesnapshots', { type: 'ADDED', object: snapshot(i) });
  await line(BEGIN, 'volumesnapshots', end('VolumeSnapshot'));
  for (let i = 0; i < live; ++i) {
    const object = snapshot(count + i);
    object.status = {};
    object.metadata.resourceVersion = String(1000000 + i);
    await line(BEGIN + 1 + i * every, 'volumesnapshots', { type: 'ADDED', object });
  }
  out.end();
  await once(out, 'finish');
}
