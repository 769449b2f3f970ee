import { h, put } from './dom.js';
import { age } from './ages.js';
import { get } from './api.js';
import { grouped } from './format.js';
import { latest, SETTLING, STEADY } from './latest.js';
import { protectionQuestion } from './questions.js';
import { overviewHash } from './route.js';

/** Protection by namespace, now or at a moment: how old the newest copies are, and which claims have none in time. */

const SHOWN = 50;

const line = (one) => h('tr', {},
  h('td', {}, h('a', { href: overviewHash({ ns: one.namespace }) }, one.namespace)), h('td', {}, age(one.oldestCopy)), h('td', {}, `${grouped(one.withCopy)} of ${grouped(one.claims)}`),
  h('td', {}, one.missed + one.never ? h('span', { class: 'badge bad' }, h('span', { class: 'mark', 'aria-hidden': 'true' }, '!'), grouped(one.missed + one.never)) : '0'));

export class Coverage {
  constructor() {
    this.at = null;
    this.body = h('tbody');
    this.more = h('p', { class: 'quiet', hidden: true });
    this.note = h('p', { class: 'quiet', hidden: true }, 'Targets are those of now; members of group snapshots are not kept for the past.');
    this.element = h('section', { class: 'panel', 'aria-label': 'Protection by namespace', hidden: true }, h('h2', {}, 'Protection'),
      h('div', { class: 'scroll-x', tabindex: '0', role: 'region', 'aria-label': 'Protection by namespace' }, h('table', { class: 'rows' },
        h('thead', {}, h('tr', {}, ['Namespace', 'Oldest newest copy', 'Claims with a copy', 'Out of time, or never'].map((name) => h('th', { scope: 'col' }, name)))), this.body)), this.more, this.note);
    this.ask = latest(() => this.load(), SETTLING);
  }

  /** What is there of that moment is asked for; of now from time to time. @param {number|null} at in milliseconds; null: now */
  show(at) {
    this.at = at;
    this.ask();
  }

  end() {
    this.ended = true;
  }

  async load() {
    if (this.ended) return undefined;
    const { at } = this;
    const answer = document.hidden ? null : await get(...protectionQuestion(at)).catch(() => null);
    if (this.ended || at !== this.at) return undefined;
    if (answer) this.draw(answer.items);
    return at === null ? STEADY : undefined;
  }

  draw(items) {
    this.element.hidden = !items.length;
    this.note.hidden = this.at === null;
    this.more.hidden = items.length <= SHOWN;
    this.more.textContent = `and ${grouped(items.length - SHOWN)} more namespaces`;
    put(this.body, items.slice(0, SHOWN).map(line));
  }
}
