import { h, put } from './dom.js';
import { Activity } from './activity.js';
import { get } from './api.js';
import { ChainList } from './chain-list.js';
import { coveragePanel } from './coverage.js';
import { Filters, filtersOf } from './filters.js';
import { findingCard, sortFindings } from './findings.js';
import { Flow } from './flow.js';
import { latest, SETTLING, STEADY } from './latest.js';
import { chainHash, overviewHash, replaceHash } from './route.js';
import { namespaceBars, stateTiles } from './tiles.js';

const SHOWN_FINDINGS = 6;

/** Everything at a glance: the story that moves now, counts, what stands in the way, and the list of all. */
export class Overview {
  constructor(route) {
    this.tiles = h('div', { class: 'tiles-place' });
    this.namespaces = h('div');
    this.findings = h('div', { class: 'finding-list' });
    this.findingsTitle = h('h2', {}, 'Needs attention');
    this.activity = new Activity();
    this.list = new ChainList();
    this.filters = new Filters(filtersOf(route.query), (filters) => this.filtered(filters));
    this.flowTitle = h('h2', {}, 'The latest story');
    this.flow = new Flow({ choose: () => this.current && (location.hash = chainHash(this.current)), centre: h('section', { class: 'centre', 'aria-label': 'Recent activity' }, h('h3', {}, 'Recent activity'), this.activity.element) });
    this.coverage = h('div');
    this.problem = h('p', { class: 'problem', role: 'alert', hidden: true });
    this.element = this.build();
    this.refresh = latest(() => this.load(), 200);
    this.refreshFlow = latest(() => this.loadFlow(), 30);
    this.begin();
  }

  build() {
    return h('div', { class: 'overview' },
      h('h1', { class: 'visually-hidden' }, 'Snapshots and restores'),
      this.problem,
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
    this.list.filter(this.filters.asked());
    this.refresh();
    get('timeline', { newest: 14 }).then(({ items }) => {
      if (this.ended) return;
      this.activity.fill(items);
      const last = [...items].reverse().find((row) => row.chain);
      if (last && !this.current) this.follow(last);
    }, () => {});
    coveragePanel().then((panel) => panel && !this.ended && put(this.coverage, panel));
  }

  /** A row was committed. */
  take(row) {
    this.activity.add(row);
    if (row.chain && row.type !== 'gap') this.follow(row);
    this.refresh();
    this.list.refresh();
  }

  follow(row) {
    this.current = row.chain;
    this.refreshFlow();
  }

  async loadFlow() {
    const chain = this.current;
    try {
      const graph = await get('chain', { chain });
      if (this.ended || chain !== this.current) return;
      const known = graph.chains.findIndex((one) => one.chain === chain && one.type === 'restore');
      this.flow.show(graph, known < 0 ? undefined : graph.chains.slice(0, known).filter((one) => one.type === 'restore').length);
      put(this.flowTitle, 'The latest story ', h('a', { class: 'more', href: chainHash(chain) }, graph.snapshotHandle ? `snapshot ${graph.snapshotHandle}` : 'open it'));
    } catch (error) {
      if (error.status !== 404) this.fail(error);
    }
  }

  async load() {
    if (this.ended) return undefined;
    if (document.hidden) return STEADY;
    try {
      const [stats, findings] = await Promise.all([get('stats'), get('findings', { limit: 200 })]);
      if (this.ended) return undefined;
      const settles = stats.total !== this.total;
      this.total = stats.total;
      this.problem.hidden = true;
      put(this.tiles, stateTiles(stats, (state) => this.filters.set('state', this.filters.filters.state === state ? '' : state)));
      put(this.namespaces, stats.namespaces.some((one) => one.namespace) ? namespaceBars(stats, (ns) => this.filters.set('ns', ns)) : h('p', { class: 'quiet' }, 'None yet.'));
      this.filters.offer(stats);
      this.drawFindings(findings.items, stats.findings);
      return settles ? SETTLING : STEADY;
    } catch (error) {
      this.fail(error);
      return SETTLING;
    }
  }

  drawFindings(rows, counts) {
    const sorted = sortFindings(rows);
    const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
    put(this.findingsTitle, 'Needs attention', total > SHOWN_FINDINGS ? h('span', { class: 'quiet' }, ` ${SHOWN_FINDINGS} of ${total}`) : null);
    put(this.findings, sorted.length ? sorted.slice(0, SHOWN_FINDINGS).map((row) => findingCard(row)) : h('p', { class: 'all-well' }, 'Nothing is stuck, failing or about to be lost.'));
  }

  filtered(filters) {
    replaceHash(overviewHash(filters));
    this.list.filter(this.filters.asked());
  }

  fail(error) {
    if (this.ended) return;
    this.problem.hidden = false;
    this.problem.textContent = error.message;
  }
}
