import { h, put } from './dom.js';
import { Activity } from './activity.js';
import { countFrom } from './ages.js';
import { get } from './api.js';
import { ChainList } from './chain-list.js';
import { coveragePanel } from './coverage.js';
import { Filters } from './filters.js';
import { findingCard } from './findings.js';
import { Flow } from './flow.js';
import { latest, SETTLING, STEADY } from './latest.js';
import { Moment } from './moment.js';
import { activityQuestion, chainQuestion, filtersOf, findingsQuestion, momentOf, statsQuestion } from './questions.js';
import { chainHash, overviewHash, replaceHash } from './route.js';
import { namespaceBars, stateTiles } from './tiles.js';

const AT_ONCE = 1;

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
    this.coverage = h('div');
    this.problem = h('p', { class: 'problem', role: 'alert', hidden: true });
    this.element = this.build();
    this.upTo = 0;
    this.refresh = latest(() => this.load(), 200);
    this.refreshFlow = latest(() => this.loadFlow(), 30);
    this.refreshActivity = latest(() => this.loadActivity(), 30);
  }

  build() {
    return h('div', { class: 'overview' },
      h('h1', { class: 'visually-hidden' }, 'Snapshots and restores'),
      this.problem,
      this.moment.element,
      this.tiles,
      h('div', { class: 'columns' },
        h('section', { class: 'panel now', 'aria-label': 'The latest story' }, this.flowTitle, this.flow.element),
        h('div', { class: 'side' },
          h('section', { class: 'panel', 'aria-label': 'Needs attention' }, this.findingsTitle, this.findings),
          h('section', { class: 'panel', 'aria-label': 'Namespaces' }, h('h2', {}, 'Namespaces'), this.namespaces))),
      this.coverage,
      h('section', { class: 'panel', 'aria-label': 'Snapshots and restores' }, h('div', { class: 'panel-head' }, h('h2', {}, 'Snapshots and restores'), this.list.count), this.filters.element, this.list.element));
  }

  end() {
    this.ended = true;
    this.flow.end();
    this.list.end();
  }

  begin() {
    countFrom(this.moment.at);
    this.list.use(this.filters.filters, this.moment.at);
    this.refresh();
    this.refreshActivity();
    coveragePanel().then((panel) => panel && !this.ended && put(this.coverage, panel));
  }

  /** Rows are told of from behind that one on: an answer that is older is asked for anew. */
  follows(seq) {
    this.upTo = seq;
    if (this.lastSeq < seq) this.refresh();
    if (this.activitySeq < seq) this.refreshActivity();
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

  async loadActivity() {
    const { at } = this.moment;
    try {
      const { items, lastSeq } = await get(...activityQuestion(at));
      if (this.ended || at !== this.moment.at) return undefined;
      this.activitySeq = lastSeq;
      this.activity.fill(items);
      const last = [...items].reverse().find((row) => row.chain);
      if (last && (at !== null || !this.current)) this.lookAt(last);
      return lastSeq < this.upTo ? AT_ONCE : undefined;
    } catch (error) {
      this.fail(error);
      return SETTLING;
    }
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
      if (error.status !== 404) this.fail(error);
    }
  }

  /** Counts, findings and the list in sight: one question after a row, and one from time to time (latest.js) for what no row tells of. */
  async load() {
    if (this.ended) return undefined;
    if (document.hidden) return STEADY;
    const { at } = this.moment;
    try {
      const [stats, findings] = await Promise.all([get(...statsQuestion(at)), get(...findingsQuestion(at)), this.list.reload()]);
      if (this.ended || at !== this.moment.at) return undefined;
      const settles = stats.total !== this.total;
      this.total = stats.total;
      this.lastSeq = Math.min(stats.lastSeq, this.list.lastSeq ?? stats.lastSeq);
      this.problem.hidden = true;
      this.draw(stats, findings.items);
      if (at !== null) return undefined;
      if (this.lastSeq < this.upTo && !this.list.failed) return AT_ONCE;
      return settles ? SETTLING : STEADY;
    } catch (error) {
      this.fail(error);
      return SETTLING;
    }
  }

  draw(stats, findings) {
    this.moment.offer(stats.from);
    this.coverage.hidden = this.moment.at !== null;  // it is known of now alone
    put(this.tiles, stateTiles(stats, (state) => this.filters.set('state', this.filters.filters.state === state ? '' : state)));
    put(this.namespaces, stats.namespaces.some((one) => one.namespace) ? namespaceBars(stats, (ns) => this.filters.set('ns', ns)) : h('p', { class: 'quiet' }, 'None yet.'));
    this.filters.offer(stats);
    this.drawFindings(findings, stats.findings);
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
    this.refreshActivity();
  }

  filtered() {
    this.address();
    this.list.filter(this.filters.filters, this.moment.at);
  }

  address() {
    replaceHash(overviewHash({ ...this.filters.filters, at: this.moment.text }));
  }

  fail(error) {
    if (this.ended) return;
    this.problem.hidden = false;
    this.problem.textContent = error.message;
  }
}
