import { h, put } from './dom.js';
import { age } from './ages.js';
import { get } from './api.js';
import { stateBadge } from './badge.js';
import { fullName, grouped, initiatorText, shortKind } from './format.js';
import { latest } from './latest.js';
import { chainsQuestion, momentText, PAGE } from './questions.js';
import { chainHash } from './route.js';
import { findingTone } from './states.js';

/** As in parts.css. */
const NARROW = '(max-width: 700px)';
const TALL = 640;

/**
 * Snapshots and restores, however many: only the lines in sight exist, and only their pages are asked for. By keyboard: arrows,
 * page up and down, home, end, enter.
 */
export class ChainList {
  constructor() {
    this.asked = { filters: {}, at: null };
    this.pages = new Map();
    this.total = 0;
    this.top = 0;
    this.active = 0;
    this.count = h('span', { class: 'quiet', role: 'status' });
    this.space = h('div', { class: 'list-space' });
    this.scroller = h('div', { class: 'list', tabindex: '0', role: 'grid', 'aria-label': 'Snapshots and restores', 'aria-rowcount': 0,
      onscroll: () => this.scrolled(), onkeydown: (event) => this.key(event), onfocus: () => this.draw() }, this.space);
    this.element = h('div', { class: 'list-frame' }, this.scroller);
    this.ask = latest(async () => { await this.reload(); }, 250);
    this.fetching = new Set();
    this.narrow = matchMedia(NARROW);
    this.redraw = () => this.draw();
    this.narrow.addEventListener('change', this.redraw);
  }

  end() {
    this.ended = true;
    this.narrow.removeEventListener('change', this.redraw);
  }

  /** As --row in parts.css. */
  lineHeight() {
    return this.narrow.matches ? 78 : 48;
  }

  /** Remembered: to ask the browser for it anew has all be laid out before anything can be drawn. */
  scrolled() {
    this.top = this.scroller.scrollTop;
    this.draw();
  }

  /** Other filters, another moment: another list, from its top, at the next reload(). */
  use(filters, at) {
    this.asked = { filters: { ...filters }, at };
    this.active = 0;
    if (this.top) this.scroller.scrollTop = 0;
    this.top = 0;
  }

  /** The same, at once. */
  filter(filters, at) {
    this.use(filters, at);
    this.ask();
  }

  /** The page of the first line in sight. */
  get page() {
    return Math.floor(this.top / this.lineHeight() / PAGE);
  }

  /**
   * Asks anew for what is in sight; its failures are shown.
   * @param {(page: number, asked: object) => Promise<object>} [ask] of the first page in sight
   */
  async reload(ask = (page, asked) => this.fetch(page, asked)) {
    if (this.ended) return;
    const { asked, page } = this;
    try {
      const [head, more] = await Promise.all([ask(page, asked), this.nearEnd(page) ? this.fetch(page + 1, asked) : null]);
      if (asked !== this.asked) return;
      this.pages = new Map([[page, head.items], ...(more ? [[page + 1, more.items]] : [])]);
      this.total = head.total;
      this.failed = null;
    } catch (error) {
      this.failed = error.message;
    }
    this.draw();
  }

  nearEnd(page) {
    return (this.top + TALL) / this.lineHeight() > (page + 1) * PAGE - 1;
  }

  fetch(page, { filters, at }) {
    return get(...chainsQuestion(filters, at, page));
  }

  async fetchPage(page) {
    if (this.fetching.has(page)) return;
    this.fetching.add(page);
    const { asked } = this;
    try {
      const answer = await this.fetch(page, asked);
      if (asked === this.asked) {
        this.pages.set(page, answer.items);
        this.total = answer.total;
        while (this.pages.size > 12) this.pages.delete(this.pages.keys().next().value);
      }
    } catch (error) {
      this.failed = error.message;
    } finally {
      this.fetching.delete(page);
    }
    this.draw();
  }

  draw() {
    const line = this.lineHeight();
    this.scroller.setAttribute('aria-rowcount', this.total);
    this.count.textContent = this.failed ?? (this.total === 1 ? '1 in all' : `${grouped(this.total)} in all`);
    this.scroller.style.setProperty('--total', Math.max(1, this.total));
    const spare = this.top ? 4 : 0;  // for who scrolls
    const from = Math.max(0, Math.floor(this.top / line) - spare);
    const to = Math.min(this.total, Math.ceil((this.top + TALL) / line) + spare);
    const lines = [];
    for (let index = from; index < to; ++index) {
      const page = Math.floor(index / PAGE);
      const items = this.pages.get(page);
      if (!items) this.fetchPage(page);
      lines.push(this.line(index, items?.[index % PAGE]));
    }
    if (!this.total) lines.push(h('div', { role: 'row', class: 'empty' }, h('span', { role: 'gridcell' }, this.failed ?? 'No snapshot or restore is like that.')));
    put(this.space, lines);
    const active = this.total && this.active >= from && this.active < to ? `chain-line-${this.active}` : null;
    if (active) this.scroller.setAttribute('aria-activedescendant', active);
    else this.scroller.removeAttribute('aria-activedescendant');
  }

  /** A chain opens at the moment that is shown. */
  address(item) {
    return chainHash(item.chain, { at: momentText(this.asked.at) });
  }

  line(index, item) {
    const element = h('div', { role: 'row', id: `chain-line-${index}`, class: `line${index === this.active ? ' active' : ''}${item ? '' : ' loading'}`, 'aria-rowindex': index + 1 });
    element.style.setProperty('--index', index);
    if (!item) return element;
    const tone = findingTone(item.finding);
    const name = item.chain ? h('a', { href: this.address(item), tabindex: '-1' }, fullName(item)) : fullName(item);
    return put(element,
      h('span', { role: 'gridcell', class: 'c-name' }, h('span', { class: 'kind' }, item.kind === 'PersistentVolumeClaim' ? 'restore' : shortKind(item.kind)), name),
      h('span', { role: 'gridcell', class: 'c-state' }, stateBadge(item.state), item.finding ? h('span', { class: `chip ${tone}` }, item.finding.reason) : item.outcome ? h('span', { class: 'chip' }, item.outcome) : null),
      h('span', { role: 'gridcell', class: 'c-handle', title: item.snapshotHandle ?? '' }, item.snapshotHandle ?? '–'),
      h('span', { role: 'gridcell', class: 'c-who' }, initiatorText(item.initiator)),
      h('span', { role: 'gridcell', class: 'c-age' }, age(item.since)));
  }

  key(event) {
    const lines = Math.max(1, Math.floor(this.scroller.clientHeight / this.lineHeight()) - 1);
    const moves = { ArrowDown: 1, ArrowUp: -1, PageDown: lines, PageUp: -lines, Home: -this.total, End: this.total };
    if (event.key === 'Enter') {
      const item = this.pages.get(Math.floor(this.active / PAGE))?.[this.active % PAGE];
      if (item?.chain && event.target === this.scroller) location.hash = this.address(item);
      return;
    }
    if (!(event.key in moves)) return;
    event.preventDefault();
    this.active = Math.min(Math.max(0, this.total - 1), Math.max(0, this.active + moves[event.key]));
    const top = this.active * this.lineHeight();
    const { scrollTop, clientHeight } = this.scroller;
    if (top < scrollTop) this.scroller.scrollTop = top;
    if (top + this.lineHeight() > scrollTop + clientHeight) this.scroller.scrollTop = top + this.lineHeight() - clientHeight;
    this.scrolled();
  }
}
