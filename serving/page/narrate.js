import { briefName, duration, initiatorText, shortName } from './format.js';

/** What a row says, in one sentence. */

const WHO = { velero: 'Velero', snapscheduler: 'SnapScheduler', cnpg: 'CloudNativePG', kubevirt: 'KubeVirt', volsync: 'VolSync', k10: 'Kasten', gemini: 'Gemini' };

const isRestore = (row) => Boolean(row.initiator?.restore) || (row.kind === 'PersistentVolumeClaim' && row.chain);

function snapshotSentence(row, name) {
  const who = WHO[row.initiator?.type] ?? 'Somebody';
  switch (row.to) {
    case 'Pending': return isRestore(row) ? `${name} is made anew from handle ${row.snapshotHandle ?? '?'}.` : `${who} asks for a snapshot of ${row.namespace}: ${shortName(row.name)}. Whether it is ready is not known yet.`;
    case 'Creating': return `The sidecar asks the driver to cut ${name}; it is not ready.`;
    case 'Uploading': return `${name} is cut, as handle ${row.snapshotHandle ?? '?'}, and not ready yet.`;
    case 'Ready': return isRestore(row) ? `${name} is ready to restore from.` : `${name} is ready: the copy has handle ${row.snapshotHandle ?? '?'}.`;
    case 'Deleting': return `${name} is being deleted.`;
    case 'Deleted': return row.outcome === 'Retained' ? `${name} is gone; the copy stays in the backend, as handle ${row.snapshotHandle ?? '?'}.`
      : row.outcome === 'Destroyed' ? `${name} is gone, and its copy is destroyed.`
      : row.outcome === 'NeverCut' ? `${name} is gone; there never was a copy.` : `${name} is gone.`;
    case 'Error': case 'Broken': return `${name} fails: ${row.message ?? 'no reason is given'}`;
    default: return null;
  }
}

function contentSentence(row) {
  switch (row.to) {
    case 'Pending': return isRestore(row) ? `The content for handle ${row.snapshotHandle ?? '?'} is made anew.` : 'A VolumeSnapshotContent stands for the copy to be.';
    case 'Creating': return 'The driver is cutting the snapshot.';
    case 'Ready': return `The driver has answered: the snapshot's handle is ${row.snapshotHandle ?? '?'}.`;
    case 'Orphaned': return row.snapshotHandle ? `The content of handle ${row.snapshotHandle} is left without its VolumeSnapshot.` : 'A content that has no handle is left without its VolumeSnapshot.';
    case 'Deleted': return row.outcome === 'Destroyed' ? `The copy with handle ${row.snapshotHandle ?? '?'} is destroyed.` : row.outcome === 'Leaked' ? `The content is gone, its copy stays behind: handle ${row.snapshotHandle ?? '?'} is leaked.` : null;
    default: return null;
  }
}

function claimSentence(row, name) {
  if (!row.chain) {
    if (row.to === 'Deleted') return `The claim ${name} is gone.`;
    return row.to === 'Deleting' ? `The claim ${name} is being deleted.` : null;
  }
  switch (row.to) {
    case 'Requested': return `The claim ${name} asks for a volume from handle ${row.snapshotHandle ?? '?'}.`;
    case 'WaitingForSnapshot': return `The claim ${name} waits for its snapshot.`;
    case 'WaitingForConsumer': return `The claim ${name} waits for its first pod.`;
    case 'Provisioning': return `The driver makes a volume for ${name} from the copy.`;
    case 'Bound': return `${name} is restored and bound.`;
    case 'Error': return `The restore of ${name} fails: ${row.message ?? 'no reason is given'}`;
    case 'Deleted': return `The claim ${name} is gone.`;
    default: return null;
  }
}

/**
 * @param {object} row of the ledger
 * @returns {string|null} null for what nobody needs to be told
 */
export function narrate(row) {
  const name = briefName(row);
  if (row.type === 'finding') {
    const what = row.finding.detail?.summary ?? row.reason;
    return row.finding.event === 'ended' ? `Over: ${row.reason} of ${name}.` : `${row.reason}, ${name}: ${what}.`;
  }
  if (row.type === 'gap') return `Nothing was seen of ${row.gap.resource} for ${duration(Date.parse(row.gap.until) - Date.parse(row.gap.since))}.`;
  if (row.type === 'fact' && row.fact.type === 'HandleCleared') return `The driver deletes the copy with handle ${row.fact.from}.`;
  if (row.type !== 'transition') return null;
  if (row.kind === 'VolumeSnapshot') return snapshotSentence(row, name);
  if (row.kind === 'VolumeSnapshotContent') return contentSentence(row);
  if (row.kind === 'PersistentVolumeClaim') return claimSentence(row, name);
  if (row.to === 'Bound' && row.chain) return `The new volume ${row.volumeHandle ?? ''} is bound.`;
  return null;
}

/** The change alone: `Creating → Ready`. */
export function change(row) {
  if (row.type === 'finding') return `${row.finding.event} ${row.reason}`;
  if (row.type === 'fact') return `${row.fact.type}: ${row.fact.from ?? '–'} → ${row.fact.to ?? '–'}`;
  if (row.type === 'gap') return `gap: ${row.gap.cause}`;
  return `${row.from ?? '–'} → ${row.to ?? '–'}${row.outcome ? ` (${row.outcome})` : ''}`;
}

/** What a Kubernetes Event says: `Warning ProvisioningFailed ×3`. */
export const said = (event) => `${event.type} ${event.reason ?? ''}${event.count > 1 ? ` ×${event.count}` : ''}`;

export const whoAsked = (row) => initiatorText(row.initiator);
