import { h } from './dom.js';
import { clock, duration, initiatorText } from './format.js';

/** The flow's steps (docs/flow.md) in words. */
export const STEPS = {
  2.1: 'VolumeSnapshot created; readyToUse is nil',
  2.2: 'The sidecar calls the driver; nil → false',
  2.3: 'The driver has cut it: the content has its handle',
  2.4: 'Snapshot and content are ready; false → true',
  2.5: 'End of the backup: objects removed, the copy kept',
  3: 'The application\'s claim is gone',
  4.1: 'Content and snapshot come back, from the handle',
  4.2: 'The claim is created with the snapshot as its source',
  4.3: 'The PersistentVolume appears',
  4.4: 'The driver\'s new volume is known',
  4.5: 'The PersistentVolume is bound',
  4.6: 'End of the restore: the claim is bound',
};

function stepItem(step, began) {
  const when = step.at ? h('time', { datetime: step.at, title: clock(step.at) }, `+${duration(Date.parse(step.at) - began)}`) : step.done ? 'done' : '';
  return h('li', { class: step.done ? 'done' : 'open', 'data-step': step.step },
    h('span', { class: 'step-number' }, step.step), h('span', { class: 'step-text' }, STEPS[step.step] ?? '', step.done ? h('span', { class: 'visually-hidden' }, ', done') : null), h('span', { class: 'step-when' }, when));
}

/** One chain's steps, with their times since its first. */
export function stepList(chain) {
  const first = chain.steps.map((step) => step.at).filter(Boolean).map(Date.parse);
  const began = first.length ? Math.min(...first) : 0;
  const who = initiatorText(chain.initiator);
  return h('section', { class: 'steps' },
    h('h3', {}, chain.type === 'backup' ? 'Backup' : 'Restore', who ? h('span', { class: 'quiet' }, ` ${who}`) : null),
    h('ol', {}, chain.steps.map((step) => stepItem(step, began))));
}
