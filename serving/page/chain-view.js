import { h, put } from './dom.js';
import { Activity } from './activity.js';
import { countFrom } from './ages.js';
import { address, get, getAll } from './api.js';
import { clock, initiatorText } from './format.js';
import { findingCard, sortFindings } from './findings.js';
import { Flow } from './flow.js';
import { latest, SETTLING } from './latest.js';
import { chainQuestion, momentOf, momentText } from './questions.js';
import { chainHash, replaceHash } from './route.js';
import { RowTable } from './row-table.js';
import { spentBar } from './spent.js';
import { stepList } from './steps.js';
import { Timeline } from './timeline.js';

const MOST_ROWS = 5000;

/** One snapshot's story: the flow as a picture, what stands in its way, the timeline. */
export class ChainView {
  constructor(route) {
    this.chain = route.chain;
    this.at = momentOf(route.query);
    this.rows = [];
    this.events = [];
    this.graph = null;
    this.title = h('h1', {}, 'Snapshot');
    this.facts = h('p', { class: 'facts' });
    this.exports = h('div', { class: 'exports' });
    this.centre = h('div', { class: 'centre', 'aria-live': 'off' });
    this.flow = new Flow({ choose: (slot) => this.choose(slot), centre: this.centre });
    this.restores = h('div', { class: 'restores' });
    this.steps = h('div', { class: 'step-columns' });
    this.spent = h('div', { class: 'spent-columns' });
    this.timeline = new Timeline({ scrub: (at) => this.scrubTo(at) });
    this.table = new RowTable();
    this.problem = h('p', { class: 'problem', role: 'alert', hidden: true });
    this.element = this.build();
    this.refresh = latest(() => this.load(), 60);
    this.redraw = latest(() => this.loadMoment(), 0);
  }

  /** Resolves once there is something to see. */
  begin() {
    countFrom(this.at);
    return new Promise((resolve) => {
      this.begun = resolve;
      this.refresh();
    });
  }

  build() {
    return h('div', { class: 'chain-view' },
      h('nav', { class: 'crumbs', 'aria-label': 'Place' }, h('a', { href: '#/' }, '← Overview')),
      h('div', { class: 'title-row' }, h('div', {}, this.title, this.facts), this.exports),
      this.problem,
      h('section', { class: 'panel', 'aria-label': 'Flow' }, this.restores, this.flow.element),
      h('section', { class: 'panel', 'aria-label': 'Timeline' }, h('h2', {}, 'Timeline'), this.timeline.element, this.spent),
      h('section', { class: 'panel', 'aria-label': 'Steps of the flow' }, h('h2', {}, 'Steps'), this.steps),
      h('section', { class: 'panel', 'aria-label': 'Rows' }, h('h2', {}, 'Everything that was recorded'),
        this.table.element));
  }

  /** Rows are told of from behind that one on: an answer that is older is asked for anew. */
  follows(seq) {
    if (this.graph?.lastSeq < seq) this.refresh();
  }

  end() {
    this.ended = true;
    this.flow.end();
    this.timeline.end();
  }

  /** A row was committed: of this story, or perhaps soon. */
  take(row) {
    const chains = this.graph?.chains.map((chain) => chain.chain) ?? [];
    const ours = row.chain === this.chain || chains.includes(row.chain) || (row.snapshotHandle && row.snapshotHandle === this.graph?.snapshotHandle && row.driver === this.graph?.driver)
      || this.graph?.nodes.some((node) => node.id === row.uid);
    if (ours) this.refresh();
  }

  /** A Kubernetes Event was said, perhaps of this story's objects. */
  said(event) {
    if (!this.graph?.nodes.some((node) => node.id === event.uid)) return;
    this.events = [...this.events.filter((one) => one.event !== event.event), event];
    this.drawRows();
  }

  /** Once, and after a row of the story; until it succeeds from time to time. */
  async load() {
    if (this.ended) return undefined;
    const shown = await this.loadGraph() && await this.loadRows();
    this.begun();
    return shown ? undefined : SETTLING;
  }

  async loadMoment() {
    await Promise.all([this.loadGraph(), this.loadSpent()]);
  }

  async loadGraph() {
    try {
      this.graph = await get(...chainQuestion(this.chain, this.at));
      this.problem.hidden = true;
      if (!this.ended) this.draw();
      return true;
    } catch (error) {
      return this.fail(error);
    }
  }

  async loadRows() {
    const { graph } = this;
    if (this.ended) return true;
    try {
      const asked = graph.snapshotHandle ? { handle: graph.snapshotHandle } : { chain: this.chain };
      const [rows, events] = await Promise.all([getAll('timeline', asked, MOST_ROWS), get('events', { chain: this.chain }), this.loadSpent()]);
      if (this.ended) return true;
      this.rows = rows.filter((row) => !row.driver || !graph.driver || row.driver === graph.driver);
      this.events = events.items;
      this.drawRows();
      this.drawCentre();
      return true;
    } catch (error) {
      return this.fail(error);
    }
  }

  drawRows() {
    this.timeline.show(this.rows, this.events, this.at);
    this.table.show(this.rows, this.events);
  }

  async loadSpent() {
    const at = momentText(this.at);
    const runs = new Map();
    for (const chain of this.graph?.chains ?? []) {
      const name = chain.type === 'backup' ? chain.initiator?.backup : chain.initiator?.restore;
      if (name) runs.set(`${chain.type} ${name}`, { [chain.type]: name, at });
    }
    const bars = await Promise.all([...runs].slice(0, 4).map(([title, asked]) => get('story', asked).then((answer) => spentBar(answer.story, `Where the time went: ${title}`), () => null)));
    if (!this.ended) put(this.spent, bars);
  }

  fail(error) {
    if (this.ended) return true;
    this.problem.hidden = false;
    this.problem.textContent = error.status === 404 ? 'Nothing is known of this chain (any more).' : error.message;
    return false;
  }

  scrubTo(at) {
    this.at = at;
    countFrom(at);
    replaceHash(chainHash(this.chain, { at: momentText(at) }));
    this.redraw();
  }

  draw() {
    const { graph } = this;
    put(this.title, graph.snapshotHandle ? `Snapshot ${graph.snapshotHandle}` : 'A snapshot that has no handle yet');
    const initiators = [...new Set(graph.chains.map((chain) => initiatorText(chain.initiator)).filter(Boolean))];
    this.facts.textContent = [graph.driver, ...initiators].filter(Boolean).join(' · ');
    put(this.exports, ['json', 'markdown'].map((format) => h('a', { class: 'button', href: address('export', { chain: this.chain, format }), download: '' }, format === 'json' ? 'Export JSON' : 'Export report')));
    this.drawRestores();
    this.flow.show(graph, this.which);
    this.drawCentre();
    put(this.steps, graph.chains.slice(0, 12).map(stepList));
  }

  drawRestores() {
    const restores = this.graph.chains.filter((chain) => chain.type === 'restore');
    if (restores.length < 2) return put(this.restores);
    const select = h('select', { id: 'which', onchange: () => {
      this.which = Number(select.value);
      this.flow.show(this.graph, this.which);
    } }, restores.map((chain, index) => h('option', { value: index, selected: index === (this.which ?? restores.length - 1) }, `${index + 1} of ${restores.length}: ${initiatorText(chain.initiator) || chain.chain}`)));
    return put(this.restores, h('label', { for: 'which' }, 'Restore '), select);
  }

  drawCentre() {
    if (!this.graph) return this.centre;
    const findings = sortFindings(this.graph.findings);
    if (findings.length) return put(this.centre, findings.slice(0, 6).map((row) => findingCard(row, { full: true })));
    const story = new Activity();
    story.fill(this.rows.filter((row) => this.at === null || Date.parse(row.at) <= this.at));
    return put(this.centre, h('h3', {}, this.at === null ? 'Nothing stands in the way' : `Nothing stood in the way at ${clock(this.at)}`), story.element);
  }

  /** Shows a node's own rows first. */
  choose(slot) {
    this.table.choose(slot.node?.id);
  }
}
