import { h } from './dom.js';
import { age } from './ages.js';
import { getAll } from './api.js';
import { overviewHash } from './route.js';

/** Protection by namespace: how old the newest copies are, and which claims have none in time. */

const MOST = 5000;

/**
 * Claims summed up by namespace, what needs attention first. Pure.
 * @param {object[]} claims items of api/v1/coverage
 */
export function byNamespace(claims) {
  const groups = new Map();
  for (const claim of claims) {
    const group = groups.get(claim.namespace) ?? { namespace: claim.namespace, claims: 0, covered: 0, missed: 0, never: 0, oldest: null };
    groups.set(claim.namespace, group);
    group.claims += 1;
    if (claim.status === 'Missed') group.missed += 1;
    if (claim.status === 'Never') group.never += 1;
    const cut = claim.lastRecoverable?.cut ?? null;
    if (cut) group.covered += 1;
    if (cut && (!group.oldest || cut < group.oldest)) group.oldest = cut;
  }
  return [...groups.values()].sort((a, b) => (b.missed + b.never) - (a.missed + a.never) || a.namespace.localeCompare(b.namespace));
}

const line = (one) => h('tr', {},
  h('td', {}, h('a', { href: overviewHash({ ns: one.namespace }) }, one.namespace)), h('td', {}, age(one.oldest)), h('td', {}, `${one.covered} of ${one.claims}`),
  h('td', {}, one.missed + one.never ? h('span', { class: 'badge bad' }, h('span', { class: 'mark', 'aria-hidden': 'true' }, '!'), `${one.missed + one.never}`) : '0'));

/** The panel, where this daemon can tell; else null. */
export async function coveragePanel() {
  const claims = await getAll('coverage', {}, MOST).catch(() => []);
  if (!claims.length) return null;
  return h('section', { class: 'panel', 'aria-label': 'Protection by namespace' }, h('h2', {}, 'Protection'),
    h('div', { class: 'scroll-x', tabindex: '0', role: 'region', 'aria-label': 'Protection by namespace' }, h('table', { class: 'rows' },
      h('thead', {}, h('tr', {}, ['Namespace', 'Oldest newest copy', 'Claims with a copy', 'Out of time, or never'].map((name) => h('th', { scope: 'col' }, name)))),
      h('tbody', {}, byNamespace(claims).slice(0, 50).map(line)))));
}
