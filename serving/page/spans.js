/** From a story's rows and Kubernetes Events to bars on a time axis: one lane an object, one bar a state. Pure. */

const ORDER = ['VolumeSnapshot', 'VolumeSnapshotContent', 'PersistentVolumeClaim', 'PersistentVolume'];

/**
 * @param {object[]} rows oldest first
 * @param {number} end where what still goes on is drawn to
 * @param {object[]} [events] of api/v1/events
 * @returns {{uid: string, kind: string, name: string, namespace: string|null, spans: {state: string, from: number, to: number, open: boolean}[], marks: object[], events: object[]}[]}
 */
export function lanes(rows, end, events = []) {
  const byUid = new Map();
  const laneOf = (one) => {
    let lane = byUid.get(one.uid);
    if (!lane) {
      lane = { uid: one.uid, kind: one.kind, name: one.name, namespace: one.namespace, spans: [], marks: [], events: [], first: Date.parse(one.at) };
      byUid.set(one.uid, lane);
    }
    return lane;
  };
  for (const row of rows) {
    if (!row.uid) continue;
    const lane = laneOf(row);
    const at = Date.parse(row.at);
    lane.marks.push({ at, row });
    if (row.type !== 'transition') continue;
    const last = lane.spans[lane.spans.length - 1];
    if (last?.open) {
      last.to = at;
      last.open = false;
    }
    if (row.to !== 'Deleted') lane.spans.push({ state: row.to, from: at, to: Math.max(end, at), open: true });
  }
  for (const event of events) laneOf(event).events.push(event);
  const rank = (lane) => ORDER.indexOf(lane.kind);
  return [...byUid.values()].sort((a, b) => a.first - b.first || rank(a) - rank(b));
}
