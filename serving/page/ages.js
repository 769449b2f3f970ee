import { h } from './dom.js';
import { ago, clock } from './format.js';

let moment = null;

/** From when on ages count back: a picture of the past has those of then. @param {number|null} at in milliseconds; null: now */
export function countFrom(at) {
  moment = at;
}

/** A time as "how long ago", kept up to date by tickAges(). */
export function age(time) {
  if (!time) return h('span', {}, '–');
  return h('time', { datetime: time, title: clock(time), 'data-age': time }, ago(time, moment ?? Date.now()));
}

/** Once a second; touches only what reads differently, so a quiet page stays quiet. */
export function tickAges(root = document) {
  const now = moment ?? Date.now();
  for (const element of root.querySelectorAll('[data-age]')) {
    const text = ago(element.dataset.age, now);
    if (element.textContent !== text) element.textContent = text;
  }
}
