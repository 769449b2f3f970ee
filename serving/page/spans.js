/** From a story's rows to bars on a time axis: one lane an object, one bar a state. Pure. */

const ORDER = ['VolumeSnapshot', 'VolumeSnapshotContent', 'PersistentVolumeClaim', 'PersistentVolume'];

/**
 * @param {object[]} rows oldest first
 * @param {number} end where what still goes on is drawn to
 * @returns {{uid: string, kind: string, name: string, namespace: string|null, spans: {state: string, from: number, to: number, open: boolean}[], marks: object[]}[]}
 */
export function lanes(rows, end) {
  const byUid = new Map();
  for (const row of rows) {
    if (!row.uid) continue;
    let lane = byUid.get(row.uid);
    if (!lane) {
      lane = { uid: row.uid, kind: row.kind, name: row.name, namespace: row.namespace, spans: [], marks: [], first: Date.parse(row.at) };
      byUid.set(row.uid, lane);
    }
    const at = Date.parse(row.at);
    if (row.type !== 'transition') {
      lane.marks.push({ at, row });
      continue;
    }
    const last = lane.spans[lane.spans.length - 1];
    if (last?.open) {
      last.to = at;
      last.open = false;
    }
    lane.marks.push({ at, row });
    if (row.to !== 'Deleted') lane.spans.push({ state: row.to, from: at, to: Math.max(end, at), open: true });
  }
  const rank = (lane) => ORDER.indexOf(lane.kind);
  return [...byUid.values()].filter((lane) => lane.spans.length || lane.marks.length)
    .sort((a, b) => a.first - b.first || rank(a) - rank(b));
}
