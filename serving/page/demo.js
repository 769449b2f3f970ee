import { h, put } from './dom.js';
import { getDemo } from './api.js';

/** Of a demo: which recording plays, and a way to another one. */
export class DemoBar {
  /** @param {HTMLElement} element where it is shown */
  constructor(element) {
    this.element = element;
  }

  async load() {
    try {
      this.show = await getDemo('demo');
    } catch {
      return;  // it is between two recordings: the next greeting asks again
    }
    this.element.hidden = false;
    const playing = this.show.recordings.find((one) => one.name === this.show.playing);
    put(this.element, h('span', { class: 'demo-label' }, 'Demo'),
      h('div', { class: 'demo-choice', role: 'group', 'aria-label': 'Recording' }, this.show.recordings.map((one) => h('button', {
        type: 'button', 'data-recording': one.name, 'aria-pressed': String(one.name === this.show.playing), title: `${one.text} About ${one.seconds} s.`, onclick: () => this.play(one),
      }, one.title))),
      h('span', { class: 'demo-text' }, playing?.text ?? ''));
  }

  async play(recording) {
    for (const button of this.element.querySelectorAll('button')) button.setAttribute('aria-pressed', String(button.dataset.recording === recording.name));
    location.hash = '#/';
    await getDemo(`demo/play?recording=${encodeURIComponent(recording.name)}`).catch(() => {});
  }
}
