import { h, put } from './dom.js';
import { Activity } from './activity.js';
import { countFrom } from './ages.js';
import { get } from './api.js';
import { ChainList } from './chain-list.js';
import { Coverage } from './coverage.js';
import { Filters } from './filters.js';
import { findingCard } from './findings.js';
import { Flow } from './flow.js';
import { latest, SETTLING, STEADY } from './latest.js';
import { Moment } from './moment.js';
import { chainQuestion, filtersOf, momentOf, overviewQuestion } from './questions.js';
import { chainHash, overviewHash, replaceHash } from './route.js';
import { namespaceBars, stateTiles } from './tiles.js';

const AT_ONCE = 1;

const afterPaint = (run) => requestAnimationFrame(() => setTimeout(run));

/** Everything at a glance: the story that moves now, counts, what stands in the way, and the list of all. */
export class Overview {
  constructor(route) {
    this.tiles = h('div', { class: 'tiles-place' });
    this.namespaces = h('div');
    this.findings = h('div', { class: 'finding-list' });
    this.findingsTitle = h('h2', {}, 'Needs attention');
    this.activity = new Activity();
    this.list = new ChainList();
    this.filters = new Filters(filtersOf(route.query), () => this.filtered());
    this.moment = new Moment(momentOf(route.query), () => this.movedInTime(), () => ({ ns: this.filters.filters.ns }));
    this.flowTitle = h('h2', {}, 'The latest story');
    this.flow = new Flow({ choose: () => this.current && (location.hash = chainHash(this.current)), centre: h('section', { class: 'centre', 'aria-label': 'Recent activity' }, h('h3', {}, 'Recent activity'), this.activity.element) });
    this.coverage = new Coverage();
    this.problem = h('p', { class: 'problem', role: 'alert', hidden: true });
    this.element = this.build();
    this.upTo = 0;
    this.refresh = latest(() => this.load(), 200);
    this.refreshFlow = latest(() => this.loadFlow(), 30);
  }

  build() {
    return h('div', { class: 'overview' },
      h('h1', { class: 'visually-hidden' }, 'Snapshots and restores'),
      this.problem,
      this.moment.element,
      this.tiles,
      h('div', { class: 'columns' },
        h('div', { class: 'side' },
          h('section', { class: 'panel', 'aria-label': 'Needs attention' }, this.findingsTitle, this.findings),
          h('section', { class: 'panel', 'aria-label': 'Namespaces' }, h('h2', {}, 'Namespaces'), this.namespaces)),
        h('section', { class: 'panel now', 'aria-label': 'The latest story' }, this.flowTitle, this.flow.element)),
      this.coverage.element,
      h('section', { class: 'panel', 'aria-label': 'Snapshots and restores' }, h('div', { class: 'panel-head' }, h('h2', {}, 'Snapshots and restores'), this.list.count), this.filters.element, this.list.element));
  }

  end() {
    this.ended = true;
    this.flow.end();
    this.list.end();
    this.coverage.end();
  }

  /** Resolves once there is something to see. */
  begin() {
    countFrom(this.moment.at);
    this.list.use(this.filters.filters, this.moment.at);
    return new Promise((resolve) => {
      this.begun = resolve;
      this.refresh();
    });
  }

  /** Rows are told of from behind that one on: an answer that is older is asked for anew. */
  follows(seq) {
    this.upTo = seq;
    if (this.lastSeq < seq) this.refresh();
  }

  /** A row was committed. The past stays as it was. */
  take(row) {
    if (this.moment.at !== null) return;
    this.activity.add(row);
    if (row.chain && row.type !== 'gap') this.lookAt(row);
    this.refresh();
  }

  lookAt(row) {
    this.current = row.chain;
    this.refreshFlow();
  }

  /** Once the first picture is there; of now it asks again by itself. */
  protect(at) {
    if (this.protects === at) return;
    this.protects = at;
    setTimeout(() => this.coverage.show(at), 200);
  }

  /** What happened last, where the rows that came since don't tell of it already; and of which story to show the picture. */
  showActivity(rows, at) {
    const moved = at !== this.activityAt;
    if (!moved && (rows.at(-1)?.seq ?? 0) <= this.activity.last) return;
    this.activityAt = at;
    this.activity.fill(rows);
    const last = [...rows].reverse().find((row) => row.chain);
    if (last && (at !== null || !this.current)) this.lookAt(last);
  }

  async loadFlow() {
    const chain = this.current;
    try {
      const { at } = this.moment;
      const graph = await get(...chainQuestion(chain, at));
      if (this.ended || chain !== this.current || at !== this.moment.at) return;
      const known = graph.chains.findIndex((one) => one.chain === chain && one.type === 'restore');
      this.flow.show(graph, known < 0 ? undefined : graph.chains.slice(0, known).filter((one) => one.type === 'restore').length);
      put(this.flowTitle, 'The latest story ', h('a', { class: 'more', href: chainHash(chain, { at: this.moment.text }) }, graph.snapshotHandle ? `snapshot ${graph.snapshotHandle}` : 'open it'));
    } catch (error) {
      if (error.status !== 404) this.fail(error.message);
    }
  }

  /** All at once: one question after a row, and one from time to time (latest.js) for what no row tells of. */
  async load() {
    if (this.ended) return undefined;
    if (document.hidden && this.whole) return STEADY;
    const { at } = this.moment;
    let answer;
    await this.list.reload(async (page, asked) => {
      answer = await get(...overviewQuestion(asked.filters, at, page));
      return answer.chains;
    });
    if (this.ended || at !== this.moment.at) return undefined;
    this.fail(this.list.failed);
    if (!answer) return SETTLING;
    const settles = answer.stats.total !== this.total;
    this.total = answer.stats.total;
    this.lastSeq = answer.lastSeq;
    this.draw(answer);
    this.begun();
    if (this.whole) this.drawRest(answer, at);
    else afterPaint(() => this.drawRest(answer, at));
    if (at !== null) return undefined;
    if (this.lastSeq < this.upTo) return AT_ONCE;
    return settles ? SETTLING : STEADY;
  }

  /** What to look at first; the list draws itself. */
  draw({ stats, findings }) {
    this.moment.offer(stats.from);
    put(this.tiles, stateTiles(stats, (state) => this.filters.set('state', this.filters.filters.state === state ? '' : state)));
    this.drawFindings(findings.items, stats.findings);
  }

  /** Laid out together with the first picture, that would be there a third later. */
  drawRest({ stats, timeline }, at) {
    if (this.ended || at !== this.moment.at) return;
    this.whole = true;
    put(this.namespaces, stats.namespaces.some((one) => one.namespace) ? namespaceBars(stats, (ns) => this.filters.set('ns', ns)) : h('p', { class: 'quiet' }, 'None yet.'));
    this.filters.offer(stats);
    this.showActivity(timeline.items, at);
    this.protect(at);
  }

  drawFindings(rows, counts) {
    const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
    put(this.findingsTitle, 'Needs attention', total > rows.length ? h('span', { class: 'quiet' }, ` ${rows.length} of ${total}`) : null);
    put(this.findings, rows.length ? rows.map((row) => findingCard(row)) : h('p', { class: 'all-well' }, 'Nothing is stuck, failing or about to be lost.'));
  }

  movedInTime() {
    countFrom(this.moment.at);
    this.address();
    if (this.moment.at === null) this.current = null;
    this.list.use(this.filters.filters, this.moment.at);
    this.refresh();
  }

  filtered() {
    this.address();
    this.list.filter(this.filters.filters, this.moment.at);
  }

  address() {
    replaceHash(overviewHash({ ...this.filters.filters, at: this.moment.text }));
  }

  /** @param {string|null} message null: nothing is wrong */
  fail(message) {
    if (this.ended) return;
    this.problem.hidden = !message;
    this.problem.textContent = message ?? '';
  }
}
