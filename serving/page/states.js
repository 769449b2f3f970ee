/** How states look: a tone (ok, busy, bad, gone, unknown) and a mark, so that colour is never the only sign. */

const TONES = {
  Ready: 'ok', Bound: 'ok', Available: 'ok',
  Pending: 'busy', Creating: 'busy', Uploading: 'busy', Requested: 'busy', Provisioning: 'busy', Deleting: 'busy',
  WaitingForSnapshot: 'busy', WaitingForConsumer: 'busy', Released: 'busy',
  Broken: 'bad', Error: 'bad', Orphaned: 'bad', Lost: 'bad', Failed: 'bad',
  Deleted: 'gone',
};
const MARKS = { ok: '✓', busy: '◔', bad: '!', gone: '×', unknown: '?' };

export const toneOf = (state) => (state ? TONES[state] ?? 'unknown' : 'unknown');
export const markOf = (tone) => MARKS[tone];

/** The states of snapshots and restores, in the order of their way. */
export const STATES = Object.keys(TONES);

/** A finding's tone. */
export function findingTone(finding) {
  if (!finding) return null;
  if (finding.category === 'waiting') return 'busy';
  if (finding.category === 'hazard') return finding.severity === 'critical' ? 'bad' : 'warn';
  return 'bad';
}

/** The order in which findings are looked at: what fails or is stuck, then hazards, then what waits. */
export function findingRank(finding) {
  const category = { stuck: 0, error: 0, hazard: 1, waiting: 2 }[finding.category] ?? 3;
  const severity = { critical: 0, warning: 1, info: 2 }[finding.severity] ?? 3;
  return category * 4 + severity;
}
