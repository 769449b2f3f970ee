import { h, put } from './dom.js';
import { briefName, clock, fullName, shortKind } from './format.js';
import { change, said } from './narrate.js';

/** Everything that was recorded of a story, the newest first: rows of the ledger, and Kubernetes Events between them. */

const SHOWN = 500;

function line(one) {
  const isEvent = Boolean(one.event);
  return h('tr', { 'data-uid': one.uid, class: isEvent ? 'event' : null },
    h('td', { class: 'time' }, h('time', { datetime: one.at }, clock(one.at))), h('td', {}, `${shortKind(one.kind)} `, h('span', { class: 'wrap', title: fullName(one) }, briefName(one))),
    h('td', {}, isEvent ? said(one) : change(one), one.late ? h('span', { class: 'chip', title: 'found by a list, not seen happening' }, 'late') : null), h('td', { class: 'wrap' }, one.message ?? ''));
}

export class RowTable {
  constructor() {
    this.body = h('tbody');
    this.element = h('div', { class: 'scroll-x', tabindex: '0', role: 'region', 'aria-label': 'Rows of the ledger, and Kubernetes Events' }, h('table', { class: 'rows' },
      h('thead', {}, h('tr', {}, ['At', 'Object', 'Change', 'Message'].map((name) => h('th', { scope: 'col' }, name)))), this.body));
  }

  /** @param {object[]} rows oldest first @param {object[]} events oldest first */
  show(rows, events) {
    // Stable: an Event that tells of a row's change in the same moment comes after it.
    const all = [...rows, ...events].sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
    put(this.body, all.reverse().slice(0, SHOWN).map(line));
  }

  /** Marks an object's own lines, and goes to the first. */
  choose(uid) {
    for (const one of this.body.children) one.classList.toggle('chosen', one.dataset.uid === uid);
    this.body.querySelector('.chosen')?.scrollIntoView({ block: 'center' });
  }
}
