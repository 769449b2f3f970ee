import { h, s } from './dom.js';
import { clock } from './format.js';
import { change, said } from './narrate.js';
import { findingTone } from './states.js';

/** What a timeline's lane has beside its bars: changes, facts, findings above them, Kubernetes Events below. */

const SHAPES = {
  finding: 'M0 -5l6 9h-12z', end: 'M-4 -4l8 8m0 -8l-8 8', event: 'M0 -5l5 5l-5 5l-5 -5z',
};

const shape = (name, className, x, y, title) => s('path', { class: className, d: SHAPES[name], transform: `translate(${x} ${y})` }, title);

/** A row's mark on the lane whose bars begin at `y`. */
export function rowMark({ at, row }, y, x) {
  const title = s('title', {}, `${clock(row.at)} ${change(row)}${row.message ? `: ${row.message}` : ''}`);
  const place = x(at);
  if (row.type === 'finding') return shape('finding', `finding-mark ${findingTone(row.finding)}`, place, y + 1, title);
  if (row.type === 'fact') return s('circle', { class: 'fact-mark', cx: place, cy: y + 10, r: 4 }, title);
  if (row.to === 'Deleted') return shape('end', 'end-mark', place, y + 10, title);
  return s('line', { class: 'change-mark', x1: place, x2: place, y1: y, y2: y + 20 }, title);
}

const toneOfEvent = (event) => (event.type === 'Warning' ? 'warn' : 'normal');

/** A Kubernetes Event: where it was said last, with a line from where it was said first if it was said more often. */
export function eventMark(event, y, x) {
  const title = s('title', {}, `${clock(event.at)} ${said(event)}${event.message ? `: ${event.message}` : ''}`);
  const place = x(Date.parse(event.at));
  const began = event.count > 1 && event.firstAt ? x(Date.parse(event.firstAt)) : place;
  return s('g', { class: `event-mark ${toneOfEvent(event)}` },
    title, began < place ? s('line', { x1: began, x2: place, y1: y + 20, y2: y + 20 }) : null, shape('event', '', place, y + 20, null));
}

const sample = (name, className) => s('svg', { class: 'sample', width: 14, height: 14, viewBox: '-7 -7 14 14', 'aria-hidden': 'true' }, shape(name, className, 0, 0, null));

/** What the marks mean. */
export function markLegend() {
  return h('ul', { class: 'legend' },
    h('li', {}, sample('finding', 'finding-mark bad'), ' finding'),
    h('li', {}, s('svg', { class: 'sample', width: 14, height: 14, viewBox: '-7 -7 14 14', 'aria-hidden': 'true' }, s('circle', { class: 'fact-mark', r: 4 })), ' fact'),
    h('li', {}, h('span', { class: 'event-mark normal' }, sample('event', '')), ' Kubernetes Event'),
    h('li', {}, h('span', { class: 'event-mark warn' }, sample('event', '')), ' Warning'),
    h('li', {}, sample('end', 'end-mark'), ' deleted'));
}
