import { h } from './dom.js';
import { briefName, clock, shortClock, shortKind } from './format.js';
import { change, narrate } from './narrate.js';
import { chainHash } from './route.js';
import { findingTone, toneOf } from './states.js';

const KEPT = 14;

/** The newest rows, as they come. */
export class Activity {
  constructor() {
    this.last = 0;
    this.list = h('ol', { class: 'activity' });
    this.element = this.list;
    this.empty = h('li', { class: 'quiet' }, 'Nothing has happened yet.');
    this.list.append(this.empty);
  }

  /** @param {object[]} rows oldest first, in place of what is shown */
  fill(rows) {
    this.list.replaceChildren();
    this.last = 0;
    for (const row of rows) this.add(row);
    if (!this.list.children.length) this.list.append(this.empty);
  }

  add(row) {
    if (row.seq <= this.last) return;
    this.last = row.seq;
    if (row.fact?.type === 'FinalizersRemoved') return;  // housekeeping
    const text = narrate(row) ?? `${shortKind(row.kind)} ${briefName(row)}: ${change(row)}`;
    const tone = row.type === 'finding' ? findingTone(row.finding) : toneOf(row.to);
    this.empty.remove();
    this.list.prepend(h('li', { class: tone, 'data-seq': row.seq }, h('time', { datetime: row.at, title: clock(row.at) }, shortClock(row.at)),
      row.chain ? h('a', { href: chainHash(row.chain) }, text) : h('span', {}, text)));
    while (this.list.children.length > KEPT) this.list.lastChild.remove();
  }
}
