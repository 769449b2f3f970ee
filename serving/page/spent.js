import { h } from './dom.js';
import { duration } from './format.js';

/** Where the time of a Backup or Restore went (docs/stories.md), as one bar. */

const NAMES = {
  controller: 'snapshot-controller', sidecar: 'sidecar', driver: 'driver and storage', backoff: 'backoff', consumer: 'waits for a pod', mover: 'data mover',
  source: 'waits for its snapshot', initiator: 'who asked',
};

/** @param {object} story of api/v1/story @param {string} title */
export function spentBar(story, title) {
  const parts = Object.entries(story.spentSeconds ?? {}).filter(([, seconds]) => seconds > 0);
  const total = parts.reduce((sum, [, seconds]) => sum + seconds, 0);
  if (!total) return null;
  return h('section', { class: 'spent' },
    h('h3', {}, title, h('span', { class: 'quiet' }, ` ${duration(total * 1000)} in all`)),
    h('div', { class: 'spent-bar', 'aria-hidden': 'true' }, parts.map(([key, seconds]) => h('span', { class: `spent-${key}`, style: { 'flex-grow': seconds / total } }))),
    h('ul', { class: 'legend' }, parts.map(([key, seconds]) => h('li', {}, h('span', { class: `swatch spent-${key}`, 'aria-hidden': 'true' }), `${NAMES[key] ?? key} `, h('b', {}, duration(seconds * 1000)), h('span', { class: 'quiet' }, ` ${Math.round((seconds / total) * 100)}%`)))));
}
