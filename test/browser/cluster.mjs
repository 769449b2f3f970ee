/** A real API server and a daemon over it (cluster.py), with the objects of the flow as their controllers write them. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export const DRIVER = 'csi.example.com';
const SNAPSHOT_API = '/apis/snapshot.storage.k8s.io/v1';
const apiVersion = 'snapshot.storage.k8s.io/v1';

export const path = {
  namespaces: '/api/v1/namespaces',
  claims: (ns) => `/api/v1/namespaces/${ns}/persistentvolumeclaims`,
  volumes: '/api/v1/persistentvolumes',
  events: (ns) => `/api/v1/namespaces/${ns}/events`,
  snapshots: (ns) => `${SNAPSHOT_API}/namespaces/${ns}/volumesnapshots`,
  contents: `${SNAPSHOT_API}/volumesnapshotcontents`,
  classes: `${SNAPSHOT_API}/volumesnapshotclasses`,
};

export const object = {
  namespace: (name) => ({ metadata: { name } }),
  snapshotClass: (name) => ({ apiVersion, kind: 'VolumeSnapshotClass', metadata: { name }, driver: DRIVER, deletionPolicy: 'Retain' }),
  claim: (name, spec) => ({ metadata: { name }, spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'none', resources: { requests: { storage: '1Gi' } }, ...spec } }),
  volume: (name, claim, handle) => ({
    metadata: { name },
    spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], storageClassName: 'none', persistentVolumeReclaimPolicy: 'Retain', claimRef: { namespace: claim.metadata.namespace, name: claim.metadata.name, uid: claim.metadata.uid }, csi: { driver: DRIVER, volumeHandle: handle } },
  }),
  snapshot: (name, source, snapshotClass) => ({ apiVersion, kind: 'VolumeSnapshot', metadata: { name }, spec: { source, volumeSnapshotClassName: snapshotClass } }),
  content: (name, snapshot, source, annotations = {}) => ({
    apiVersion, kind: 'VolumeSnapshotContent', metadata: { name, annotations },
    spec: { deletionPolicy: 'Retain', driver: DRIVER, source, volumeSnapshotClassName: 'retain', volumeSnapshotRef: { namespace: snapshot.metadata.namespace, name: snapshot.metadata.name, uid: snapshot.metadata.uid } },
  }),
  event: (about, type, reason, message) => ({
    metadata: { generateName: `${about.metadata.name}.` }, type, reason, message, count: 3, source: { component: 'snapshot-controller' }, reportingComponent: 'snapshot-controller',
    firstTimestamp: new Date().toISOString().replace(/\.\d+/, ''), lastTimestamp: new Date().toISOString().replace(/\.\d+/, ''),
    involvedObject: { apiVersion, kind: about.kind, namespace: about.metadata.namespace, name: about.metadata.name, uid: about.metadata.uid },
  }),
};

/** Starts the API server; `end()` ends it and the daemon. */
export async function startCluster() {
  const child = spawn(process.env.SNAPTRAIL_PYTHON ?? 'python3', ['test/browser/cluster.py'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error('the cluster has ended');
    const { ok, error } = JSON.parse(value);
    if (error) throw new Error(error);
    return ok;
  };
  const command = (...words) => {
    child.stdin.write(`${JSON.stringify(words)}\n`);
    return answer();
  };
  await answer();
  return {
    start: async () => (await command('start')).url,
    stop: async () => (await command('stop')).code,
    create: (place, body) => command('call', 'POST', place, body),
    remove: (place) => command('call', 'DELETE', place),
    patch: (place, body) => command('call', 'PATCH', place, body, 'application/merge-patch+json'),
    end: async () => {
      child.stdin.end();
      if (child.exitCode === null) await once(child, 'exit');
    },
  };
}
