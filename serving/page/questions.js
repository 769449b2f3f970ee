/** What the views ask the API for first. Apart from them, so that it can be asked before they are read (first.js). */

/** The list's lines that are asked for at a time. */
export const PAGE = 100;

const FILTERS = ['text', 'ns', 'driver', 'state', 'kind', 'initiator', 'ended'];

/** Of an address's query those that are filters. */
export const filtersOf = (query) => Object.fromEntries(FILTERS.filter((name) => query[name]).map((name) => [name, query[name]]));

/** A moment in milliseconds as the API takes it; undefined for now. */
export const momentText = (at) => (at === null ? undefined : new Date(at).toISOString());
/** The moment of an address; null: now. */
export const momentOf = (query) => Date.parse(query.at ?? '') || null;

// Each is a path and its parameters.
export const versionQuestion = () => ['version', {}];
export const placeQuestion = () => ['timeline', { newest: 1 }];
export const statsQuestion = (at) => ['stats', { at: momentText(at) }];
export const findingsQuestion = (at) => ['findings', { worst: true, limit: 6, at: momentText(at) }];
export const activityQuestion = (at) => ['timeline', { newest: 14, until: at === null ? undefined : momentText(at + 1) }];
export const chainQuestion = (chain, at) => ['chain', { chain, at: momentText(at) }];
/** @param {Object<string, string>} filters as an address has them @param {number|null} at @param {number} page from 0 */
export function chainsQuestion(filters, at, page) {
  const { ended, ...rest } = filters;
  return ['chains', { ...rest, ended: ended === 'false' ? undefined : 'true', at: momentText(at), limit: PAGE, offset: page * PAGE }];
}
