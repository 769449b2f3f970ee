import { h } from './dom.js';
import { grouped } from './format.js';
import { markOf, toneOf } from './states.js';

/** Counts as tiles: by state, and of findings by what they are. */

const FINDINGS = [['stuck', 'bad', 'stuck'], ['error', 'bad', 'failing'], ['hazard', 'warn', 'hazards'], ['waiting', 'busy', 'waiting']];

function byState(stats) {
  const states = new Map();
  for (const kind of stats.kinds) for (const [state, count] of Object.entries(kind.states)) states.set(state, (states.get(state) ?? 0) + count);
  return [...states].sort((a, b) => b[1] - a[1]);
}

/**
 * @param {object} stats of api/v1/stats
 * @param {(state: string) => void} choose a state
 */
export function stateTiles(stats, choose) {
  const states = byState(stats);
  return h('div', { class: 'tiles' },
    h('div', { class: 'tile total' }, h('b', {}, grouped(stats.total)), h('span', {}, 'snapshots and restores')),
    states.map(([state, count]) => h('button', { type: 'button', class: `tile ${toneOf(state)}`, 'data-state': state, onclick: () => choose(state) },
      h('b', {}, grouped(count)), h('span', {}, h('span', { class: 'mark', 'aria-hidden': 'true' }, markOf(toneOf(state))), ` ${state}`))),
    FINDINGS.map(([category, tone, text]) => h('div', { class: `tile ${stats.findings[category] ? tone : 'none'}`, 'data-category': category }, h('b', {}, grouped(stats.findings[category])), h('span', {}, text))));
}

/** Namespaces as bars of their states, the fullest first. */
export function namespaceBars(stats, choose) {
  const rows = stats.namespaces.filter((one) => one.namespace).sort((a, b) => b.count - a.count).slice(0, 8);
  const most = Math.max(1, ...rows.map((one) => one.count));
  return h('ul', { class: 'ns-bars' }, rows.map((one) => h('li', {},
    h('button', { type: 'button', class: 'link', onclick: () => choose(one.namespace) }, one.namespace),
    h('span', { class: 'ns-bar', 'aria-hidden': 'true', style: { width: `${Math.max(4, (one.count / most) * 100)}%` } },
      Object.entries(one.states).map(([state, count]) => h('i', { class: toneOf(state), style: { 'flex-grow': count } }))),
    h('span', { class: 'ns-count' }, grouped(one.count)))));
}
