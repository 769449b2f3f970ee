import { h, put } from './dom.js';
import { STATES } from './states.js';

/** The list's filters; the server applies them. */

const KINDS = { VolumeSnapshot: 'snapshots', PersistentVolumeClaim: 'restores', VolumeSnapshotContent: 'orphaned contents' };

export class Filters {
  /** @param {(filters: Object<string, string>) => void} changed */
  constructor(filters, changed) {
    this.filters = { ...filters };
    this.changed = changed;
    this.text = h('input', { type: 'search', id: 'filter-text', placeholder: 'Name, handle, backup …', value: filters.text ?? '', oninput: () => this.typed() });
    this.ns = this.select('ns', 'Namespace');
    this.driver = this.select('driver', 'Driver');
    this.state = this.select('state', 'State');
    this.kind = this.select('kind', 'Kind');
    this.initiator = h('input', { type: 'search', id: 'filter-initiator', placeholder: 'velero, nightly …', value: filters.initiator ?? '', oninput: () => this.typed() });
    this.ended = h('input', { type: 'checkbox', id: 'filter-ended', checked: filters.ended !== 'false', onchange: () => this.set('ended', this.ended.checked ? '' : 'false') });
    for (const select of [this.ns, this.driver, this.state, this.kind]) this.options(select, []);
    this.element = h('form', { class: 'filters', role: 'search', 'aria-label': 'Filter snapshots and restores', onsubmit: (event) => event.preventDefault() },
      field('Search', this.text), field('Namespace', this.ns), field('Driver', this.driver), field('State', this.state), field('Kind', this.kind), field('Initiator', this.initiator),
      h('label', { class: 'check', for: 'filter-ended' }, this.ended, ' also what has ended'));
  }

  select(name) {
    return h('select', { id: `filter-${name}`, onchange: (event) => this.set(name, event.target.value) });
  }

  options(select, pairs) {
    const name = select.id.replace('filter-', '');
    const chosen = this.filters[name] ?? '';
    if (chosen && !pairs.some(([value]) => value === chosen)) pairs = [...pairs, [chosen, chosen]];
    const key = JSON.stringify(pairs);
    if (select.dataset.options === key) return;
    select.dataset.options = key;
    put(select, h('option', { value: '' }, 'any'), pairs.map(([value, text]) => h('option', { value, selected: value === chosen }, text)));
    select.value = chosen;
  }

  /** The namespaces and drivers that there are, and all else that can be chosen. */
  offer(stats) {
    this.options(this.state, STATES.map((state) => [state, state]));
    this.options(this.kind, Object.entries(KINDS));
    this.options(this.ns, stats.namespaces.filter((one) => one.namespace).map((one) => [one.namespace, `${one.namespace} (${one.count})`]));
    this.options(this.driver, stats.drivers.filter((one) => one.driver).map((one) => [one.driver, `${one.driver} (${one.count})`]));
  }

  typed() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.set('text', this.text.value.trim());
      this.set('initiator', this.initiator.value.trim());
    }, 150);
  }

  /** Changes one filter from outside too, as a tile does. */
  set(name, value) {
    if ((this.filters[name] ?? '') === value) return;
    if (value) this.filters[name] = value;
    else delete this.filters[name];
    if (this[name]?.tagName === 'SELECT') this[name].value = value;
    this.changed(this.filters);
  }
}

const field = (text, control) => h('label', { class: 'field', for: control.id }, h('span', {}, text), control);
