import { h } from './dom.js';
import { markOf, toneOf } from './states.js';

/** A state as a small label; null is unknown, and drawn so. */
export function stateBadge(state, text = state ?? 'unknown') {
  const tone = toneOf(state);
  return h('span', { class: `badge ${tone}` }, h('span', { class: 'mark', 'aria-hidden': 'true' }, markOf(tone)), text);
}

/** readyToUse as the API has it: nil is not known, and never false. */
export function readyChip(value) {
  const text = value === null ? 'nil' : String(value);
  const tone = value === null ? 'unknown' : value ? 'ok' : 'busy';
  return h('span', { class: `chip ${tone}`, title: value === null ? 'readyToUse is not known yet (nil)' : `readyToUse is ${text}` },
    'readyToUse ', h('b', {}, text));
}
