import { h } from './dom.js';
import { age } from './ages.js';
import { briefName, fullName, shortKind } from './format.js';
import { chainHash } from './route.js';
import { findingRank, findingTone } from './states.js';

/** Of many findings those to look at first at the front. */
export const sortFindings = (rows) => [...rows].sort((a, b) => findingRank(a.finding) - findingRank(b.finding) || b.seq - a.seq);

const CATEGORY = { stuck: 'stuck', error: 'error', waiting: 'waits', hazard: 'hazard' };

function evidence(detail) {
  const marks = detail?.evidence ?? [];
  if (!marks.length) return null;
  return h('ul', { class: 'evidence' }, marks.map((mark) => h('li', {},
    h('span', { class: 'source' }, mark.what ?? mark.source), mark.text ? h('span', { class: 'quote' }, mark.text) : null,
    mark.count > 1 ? h('span', { class: 'count' }, `×${mark.count}`) : null)));
}

function fix(detail) {
  if (!detail?.fix?.text) return null;
  return h('div', { class: 'fix' }, h('b', {}, 'What to do'), h('p', {}, detail.fix.text), detail.fix.command ? command(detail.fix.command) : null);
}

function command(text) {
  const button = h('button', { type: 'button', class: 'copy', onclick: async () => {
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = 'Copied';
    } catch {
      button.textContent = 'Select it by hand';
    }
    setTimeout(() => { button.textContent = 'Copy'; }, 2000);
  } }, 'Copy');
  return h('div', { class: 'command' }, h('code', { tabindex: '0', role: 'group', 'aria-label': 'Command' }, text), button);
}

/**
 * A finding as a card.
 * @param {object} row its newest row
 * @param {{full?: boolean}} [how] full: with evidence and fix, else a link to its chain
 */
export function findingCard(row, { full = false } = {}) {
  const detail = row.finding.detail;
  const tone = findingTone(row.finding);
  const subject = `${shortKind(row.kind)} ${full ? fullName(row) : briefName(row)}`;
  const title = h('span', { class: 'reason' }, row.reason);
  return h('article', { class: `finding ${tone}`, 'data-reason': row.reason },
    h('div', { class: 'finding-head' },
      h('span', { class: `badge ${tone}` }, h('span', { class: 'mark', 'aria-hidden': 'true' }, tone === 'busy' ? '◔' : '!'), CATEGORY[row.finding.category] ?? row.finding.category),
      row.chain && !full ? h('a', { href: chainHash(row.chain), class: 'reason-link' }, title) : title,
      h('span', { class: 'since' }, 'since ', age(row.finding.since))),
    h('p', { class: 'subject' }, subject),
    detail?.summary ? h('p', { class: 'summary' }, detail.summary) : null,
    full ? evidence(detail) : null,
    full ? fix(detail) : null);
}
