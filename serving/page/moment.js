import { h, put } from './dom.js';
import { get } from './api.js';
import { clock } from './format.js';
import { momentText } from './questions.js';

/** Goes back through what is recorded: by a slider, from change to change, or to a moment that is typed in. */

const STEPS = 1000;

/** A moment as `<input type="datetime-local">` takes it: in the reader's own time. */
export function asLocalInput(at) {
  const date = new Date(at - new Date(at).getTimezoneOffset() * 60000);
  return date.toISOString().slice(0, 19);
}

export class Moment {
  /**
   * @param {number|null} at in milliseconds; null: now
   * @param {(at: number|null) => void} changed
   * @param {() => object} among the parameters of api/v1/timeline among whose rows the buttons step
   */
  constructor(at, changed, among) {
    this.at = at;
    this.changed = changed;
    this.among = among;
    this.from = null;
    this.slider = h('input', { type: 'range', min: 0, max: STEPS, step: 1, value: STEPS, 'aria-label': 'Moment that is shown', oninput: () => this.slid() });
    this.exact = h('span');
    this.label = h('output', { class: 'moment' }, 'now');
    this.now = h('button', { type: 'button', class: 'small', onclick: () => this.go(null, true) }, 'Back to now');
    const step = (text, label, move) => h('button', { type: 'button', class: 'small', 'aria-label': label, title: label, onclick: move }, text);
    this.element = h('section', { class: 'scrub panel', 'aria-label': 'Back through time' },
      step('‹', 'To the change before', () => this.back()), this.slider, step('›', 'To the change after', () => this.forward()), this.exact, this.label, this.now);
    this.draw();
  }

  /** When the first row that is kept was observed; null: there is none, and nothing to go back to. */
  offer(from) {
    this.from = from ? Date.parse(from) : null;
    this.draw();
  }

  /** As the API takes it; undefined for now. */
  get text() {
    return momentText(this.at);
  }

  /** Where the slider begins. */
  get begin() {
    return this.from ?? this.at ?? 0;
  }

  slid() {
    const value = Number(this.slider.value);
    this.go(value >= STEPS ? null : Math.round(this.begin + (value / STEPS) * (Date.now() - this.begin)));
  }

  go(at, focus = false) {
    this.at = at;
    this.draw();
    if (focus) this.slider.focus();
    this.changed(at);
  }

  async back() {
    const { items } = await get('timeline', { ...this.among(), until: this.text, newest: 1 }).catch(() => ({ items: [] }));
    if (items.length) this.go(Date.parse(items[0].at));
  }

  async forward() {
    if (this.at === null) return;
    const { items } = await get('timeline', { ...this.among(), since: new Date(this.at + 1).toISOString(), limit: 1 }).catch(() => ({ items: [] }));
    this.go(items.length ? Date.parse(items[0].at) : null);
  }

  draw() {
    this.element.hidden = this.from === null && this.at === null;
    const place = this.at === null ? 1 : (this.at - this.begin) / Math.max(1, Date.now() - this.begin);
    this.slider.value = Math.round(Math.min(1, Math.max(0, place)) * STEPS);
    const said = this.at === null ? 'now' : `as it was at ${clock(this.at)}`;
    this.label.textContent = said;
    this.slider.setAttribute('aria-valuetext', said);
    this.drawExact();
    this.now.hidden = this.at === null;
  }

  /** Only of the past: the browser takes a tenth of a second to make such a field. */
  drawExact() {
    if (this.at === null) {
      put(this.exact);
      return;
    }
    if (!this.exact.firstChild) {
      const field = h('input', { type: 'datetime-local', step: 1, 'aria-label': 'Date and time that are shown', onchange: () => this.go(field.value ? new Date(field.value).getTime() : null) });
      put(this.exact, field);
    }
    this.exact.firstChild.value = asLocalInput(this.at);
  }
}
