import { h, put, s } from './dom.js';
import { clock, duration, shortKind } from './format.js';
import { lanes } from './spans.js';
import { eventMark, markLegend, rowMark } from './marks.js';
import { toneOf } from './states.js';
import { ticks, timeScale } from './time-scale.js';

const LANE = 30;
const AXIS = 26;

/** The story on a common time axis, with a slider that goes back through it. */
export class Timeline {
  /** @param {{scrub: (at: number|null) => void}} told `scrub`: a moment, in milliseconds; null: now */
  constructor({ scrub }) {
    this.scrub = scrub;
    this.picture = s('svg', { class: 'bars', role: 'img' });
    this.slider = h('input', { type: 'range', min: 0, max: 1000, step: 1, value: 1000, 'aria-label': 'Moment of the story', oninput: () => this.moved() });
    this.label = h('output', { class: 'moment' }, 'now');
    this.now = h('button', { type: 'button', class: 'small', onclick: () => this.toNow() }, 'Back to now');
    this.element = h('div', { class: 'timeline' }, this.picture, markLegend(), h('div', { class: 'scrub' }, this.slider, this.label, this.now));
    this.rows = [];
    this.events = [];
    this.at = null;
    this.observer = new ResizeObserver(() => this.draw());
    this.observer.observe(this.element);
  }

  end() {
    this.observer.disconnect();
  }

  /** @param {object[]} rows of the story @param {object[]} events about its objects @param {number|null} at the moment that is shown */
  show(rows, events, at) {
    this.rows = rows;
    this.events = events;
    this.at = at;
    this.draw();
  }

  moved() {
    const value = Number(this.slider.value);
    this.at = value >= 1000 ? null : Math.round(this.scale.time(value / 1000));
    this.draw();
    this.scrub(this.at);
  }

  toNow() {
    this.at = null;
    this.draw();
    this.scrub(null);
    this.slider.focus();
  }

  draw() {
    const width = this.element.clientWidth;
    if (!width) return;
    const times = this.rows.flatMap((row) => (row.type === 'gap' ? [Date.parse(row.gap.since), Date.parse(row.gap.until)] : [Date.parse(row.at)]));
    this.scale = timeScale([...times, ...this.events.map((event) => Date.parse(event.at))]);
    const all = lanes(this.rows, this.scale.end, this.events);
    const names = width > 640 ? 190 : 0;
    const lane = names ? LANE : LANE + 14;
    const height = AXIS + all.length * lane + 6;
    const x = (time) => names + 4 + this.scale.place(time) * (width - names - 12);
    this.picture.setAttribute('viewBox', `0 0 ${width} ${height}`);
    this.picture.setAttribute('width', width);
    this.picture.setAttribute('height', height);
    this.picture.setAttribute('aria-label', `${all.length} objects over ${duration(this.scale.end - this.scale.begin)}; the table below has every row`);
    put(this.picture,
      ticks(this.scale, Math.max(3, Math.floor((width - names) / 90))).map(({ offset }) => tick(x(this.scale.begin + offset), height, offset)),
      this.scale.cuts.map((cut) => cutMark(x(cut.from), x(cut.to), height, cut)),
      all.flatMap((one, index) => laneBars(one, AXIS + index * lane, { x, names, extra: names ? 0 : 14 })),
      this.at === null ? null : s('line', { class: 'cursor', x1: x(this.at), x2: x(this.at), y1: 4, y2: height }));
    this.slider.style.marginInlineStart = `${names}px`;
    this.slider.value = this.at === null ? 1000 : Math.round(this.scale.place(this.at) * 1000);
    const said = this.at === null ? 'now' : `${clock(this.at)}, ${duration(this.at - this.scale.begin)} after the beginning`;
    this.label.textContent = said;
    this.slider.setAttribute('aria-valuetext', said);
    this.now.hidden = this.at === null;
  }
}

function tick(x, height, offset) {
  return s('g', { class: 'tick' }, s('line', { x1: x, x2: x, y1: 18, y2: height }), s('text', { x: x + 2, y: 13 }, offset === 0 ? '0' : `+${duration(offset)}`));
}

function cutMark(x1, x2, height, cut) {
  const text = `${duration(cut.to - cut.from)} cut`;
  return s('g', { class: 'cut' }, s('title', {}, `Nothing happened for ${duration(cut.to - cut.from)}`), s('rect', { x: x1, y: 18, width: Math.max(2, x2 - x1), height: height - 18 }),
    s('text', { x: (x1 + x2) / 2, y: height - 6, 'text-anchor': 'middle' }, text));
}

function laneBars(lane, top, { x, names, extra }) {
  const y = top + 5 + extra;
  const label = s('text', { class: 'lane-name', x: 0, y: extra ? top + 13 : y + 14 }, `${shortKind(lane.kind)} ${shorten(lane.name, names ? 20 : 34)}`);
  label.append(s('title', {}, `${lane.kind} ${lane.namespace ? `${lane.namespace}/` : ''}${lane.name}`));
  return [label, ...lane.spans.map((span) => bar(span, y, x)), ...lane.marks.map((mark) => rowMark(mark, y, x)), ...lane.events.map((event) => eventMark(event, y, x))];
}

function bar(span, y, x) {
  const from = x(span.from);
  const width = Math.max(3, x(span.to) - from);
  const text = `${span.state} ${duration(span.to - span.from)}`;
  return s('g', { class: `bar ${toneOf(span.state)}` }, s('title', {}, `${text}${span.open ? ', still' : ''}`),
    s('rect', { x: from, y, width, height: 20, rx: 4 }),
    width > text.length * 6.6 + 10 ? s('text', { x: from + 6, y: y + 14 }, text) : null);
}

const shorten = (text, most) => (text.length > most ? `${text.slice(0, most - 8)}…${text.slice(-6)}` : text);
