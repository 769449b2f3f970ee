import { h, put, s } from './dom.js';
import { age } from './ages.js';
import { readyChip, stateBadge } from './badge.js';
import { fullName } from './format.js';
import { edgePath, layout } from './flow-layout.js';
import { flowModel, isThere } from './flow-model.js';
import { findingTone, toneOf } from './states.js';

const TITLE = { SnapshotHandle: 'Snapshot handle', Volume: 'Volume' };

function toneOfSlot(slot) {
  if (!isThere(slot.node)) return 'ghost';
  if (slot.kind === 'SnapshotHandle') return slot.node.outcome === 'Destroyed' ? 'gone' : slot.node.outcome === 'Leaked' ? 'bad' : 'ok';
  return slot.kind === 'Volume' ? 'ok' : toneOf(slot.node.state);
}

function nodeBody(slot) {
  const node = slot.node;
  if (!isThere(node)) return [h('span', { class: 'node-name' }, slot.kind === 'SnapshotHandle' || slot.kind === 'Volume' ? 'not known yet' : 'not there yet')];
  const rows = [h('span', { class: 'node-name', title: fullName(node) }, node.name || 'name not known')];
  if (node.state) rows.push(h('span', { class: 'node-state' }, stateBadge(node.state), node.since ? h('span', { class: 'node-age' }, age(node.since)) : null));
  if (slot.kind.startsWith('VolumeSnapshot') && node.state !== 'Deleted') rows.push(readyChip(node.readyToUse));
  if (node.outcome && (slot.kind === 'SnapshotHandle' || node.state === 'Deleted')) rows.push(h('span', { class: 'chip' }, node.outcome));
  return rows;
}

/** The chain as a picture that is drawn anew as often as told; what has changed since lights up. */
export class Flow {
  /** @param {{choose?: (slot: object) => void, centre?: HTMLElement}} [how] `centre`: shown under the bridge */
  constructor({ choose, centre } = {}) {
    this.choose = choose;
    this.lines = s('svg', { class: 'flow-lines', 'aria-hidden': 'true' });
    this.nodes = h('div', { class: 'flow-nodes', role: 'list', 'aria-label': 'The chain, object by object' });
    this.centre = centre ?? null;
    this.element = h('div', { class: 'flow' }, this.lines, this.nodes, this.centre);
    this.graph = null;
    this.shown = false;
    this.seen = null;
    this.observer = new ResizeObserver(() => this.draw());
    this.observer.observe(this.element);
  }

  /** @param {object|null} graph @param {number} [which] of several restores */
  show(graph, which) {
    this.graph = graph;
    this.which = which;
    this.shown = true;
    this.draw();
  }

  end() {
    this.observer.disconnect();
  }

  draw() {
    const width = this.shown && this.element.clientWidth;
    if (!width) return;
    const plan = layout(width);
    const model = flowModel(this.graph, this.which);
    this.element.classList.toggle('wide', plan.wide);
    this.element.style.minHeight = `${plan.height}px`;
    if (this.centre) {
      const box = plan.boxes['backup.content'];
      this.centre.style.marginTop = plan.wide ? `${box.h + 34}px` : `${plan.height + 20}px`;
      this.centre.style.marginInline = plan.wide ? `${box.x}px` : '0';
    }
    const before = this.seen;
    this.seen = new Map();
    this.drawLines(plan, model, before);
    this.drawNodes(plan, model, before);
  }

  drawLines(plan, model, before) {
    this.lines.setAttribute('viewBox', `0 0 ${plan.width} ${plan.height}`);
    this.lines.setAttribute('width', plan.width);
    this.lines.setAttribute('height', plan.height);
    put(this.lines,
      s('defs', {}, ['lit', 'dim'].map((kind) => s('marker', { id: `arrow-${kind}`, class: `arrow ${kind}`, viewBox: '0 0 8 8', refX: 1, refY: 4, markerUnits: 'userSpaceOnUse', markerWidth: 9, markerHeight: 9, orient: 'auto' }, s('path', { d: 'M0 0L8 4L0 8z' })))),
      model.edges.map((edge) => {
        const path = edgePath(plan.boxes[edge.from], plan.boxes[edge.to]);
        const key = `${edge.from} ${edge.to}`;
        this.seen.set(key, edge.lit);
        const fresh = before && edge.lit && before.get(key) === false;
        return s('g', { class: `edge ${edge.lit ? 'lit' : 'dim'}${fresh ? ' fresh' : ''}`, 'data-step': edge.step || null },
          s('path', { d: path.d, 'marker-end': `url(#arrow-${edge.lit ? 'lit' : 'dim'})` }),
          edge.step ? s('g', { class: 'step', transform: `translate(${path.x} ${path.y - (path.vertical ? 3 : 0)})` },
            s('rect', { x: -13, y: -8, width: 26, height: 16, rx: 8 }), s('text', { y: 3.5 }, edge.step)) : null);
      }));
  }

  drawNodes(plan, model, before) {
    const focused = document.activeElement?.dataset?.slot;
    put(this.nodes, Object.values(model.slots).map((slot) => {
      const box = plan.boxes[slot.slot];
      const state = slot.node ? `${slot.node.state}|${slot.node.readyToUse}|${slot.node.name}` : '';
      this.seen.set(slot.slot, state);
      const fresh = before?.has(slot.slot) && before.get(slot.slot) !== state;
      const tone = slot.finding ? findingTone(slot.finding.finding) : null;
      const element = h(this.choose && isThere(slot.node) ? 'button' : 'div', {
        type: this.choose && isThere(slot.node) ? 'button' : null,
        class: `node ${toneOfSlot(slot)} ${slot.kind}${fresh ? ' fresh' : ''}${tone ? ` blocked-${tone}` : ''}`,
        'data-slot': slot.slot, 'data-state': slot.node?.state ?? '',
        onclick: this.choose ? () => this.choose(slot) : null,
      },
      h('span', { class: 'node-kind' }, TITLE[slot.kind] ?? slot.kind),
      nodeBody(slot),
      slot.finding ? h('span', { class: `node-flag ${tone}` }, slot.finding.reason) : null);
      const item = h('div', { role: 'listitem', class: 'node-place' }, element);
      item.style.left = `${box.x}px`;
      item.style.top = `${box.y}px`;
      item.style.width = `${box.w}px`;
      item.style.height = `${box.h}px`;
      return item;
    }));
    if (focused) this.nodes.querySelector(`[data-slot="${focused}"]`)?.focus({ preventScroll: true });
  }
}
