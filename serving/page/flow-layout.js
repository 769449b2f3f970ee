/**
 * Where the flow's parts stand. Wide: a bridge, the backup going down on the left, the restore on the right, both joined on top by
 * the handle. Narrow: one below the other. Pure.
 */

const WIDE = {
  'backup.snapshot': [0, 0], 'backup.content': [1, 0], handle: [2, 0], 'restore.content': [3, 0], 'restore.snapshot': [4, 0],
  'backup.claim': [0, 1], 'backup.persistentVolume': [0, 2], 'backup.volume': [0, 3],
  'restore.claim': [4, 1], 'restore.persistentVolume': [4, 2], 'restore.volume': [4, 3],
};
const NARROW = {
  'backup.snapshot': [0, 0], 'backup.claim': [1, 0], 'backup.content': [0, 1], 'backup.persistentVolume': [1, 1],
  handle: [0, 2], 'backup.volume': [1, 2],
  'restore.content': [0, 3], 'restore.snapshot': [0, 4], 'restore.claim': [1, 4], 'restore.persistentVolume': [1, 5], 'restore.volume': [1, 6],
};
export const SLOTS = Object.keys(WIDE);

/** The edges that there are, whether or not anybody has seen their ends yet, with the flow's numbers. */
export const EDGES = [
  ['backup.snapshot', 'backup.content', '2.2'], ['backup.content', 'handle', '2.3'],
  ['backup.snapshot', 'backup.claim', '2.1'], ['backup.claim', 'backup.persistentVolume', ''], ['backup.persistentVolume', 'backup.volume', ''],
  ['handle', 'restore.content', '4.1'], ['restore.content', 'restore.snapshot', '4.1'], ['restore.snapshot', 'restore.claim', '4.2'],
  ['restore.claim', 'restore.persistentVolume', '4.3'], ['restore.persistentVolume', 'restore.volume', '4.4'],
];

export const KIND_OF = {
  snapshot: 'VolumeSnapshot', content: 'VolumeSnapshotContent', handle: 'SnapshotHandle', claim: 'PersistentVolumeClaim',
  persistentVolume: 'PersistentVolume', volume: 'Volume',
};

/**
 * @param {number} width of the place, in pixels
 * @returns {{wide: boolean, width: number, height: number, boxes: Object<string, {x: number, y: number, w: number, h: number}>}}
 */
export function layout(width) {
  const wide = width >= 860;
  const columns = wide ? 5 : 2;
  const gapX = wide ? Math.max(52, width * 0.05) : 30;
  const gapY = wide ? 30 : 34;
  const w = Math.min(260, (width - gapX * (columns - 1)) / columns);
  const height = 88;
  const spread = (width - w) / (columns - 1);
  const boxes = {};
  let bottom = 0;
  for (const [slot, [column, row]] of Object.entries(wide ? WIDE : NARROW)) {
    const box = { x: column * spread, y: row * (height + gapY), w, h: height };
    boxes[slot] = box;
    bottom = Math.max(bottom, box.y + box.h);
  }
  return { wide, width, height: bottom, boxes };
}

/** The way of an edge's line, with the place of its number. */
export function edgePath(from, to) {
  const a = { x: from.x + from.w / 2, y: from.y + from.h / 2 };
  const b = { x: to.x + to.w / 2, y: to.y + to.h / 2 };
  if (Math.abs(a.y - b.y) < 1) {
    const right = b.x > a.x;
    const x1 = right ? from.x + from.w : from.x;
    const x2 = right ? to.x : to.x + to.w;
    return { d: `M${x1} ${a.y}H${x2 + (right ? -7 : 7)}`, x: (x1 + x2) / 2 - (right ? 5 : -5), y: a.y };
  }
  const y1 = from.y + from.h;
  return { d: `M${a.x} ${y1}V${to.y - 7}`, x: a.x, y: (y1 + to.y) / 2, vertical: true };
}
