/** What the views ask the API for. */

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
export const protectionQuestion = (at) => ['protection', { at: momentText(at) }];
export const chainQuestion = (chain, at) => ['chain', { chain, at: momentText(at) }];

/** @param {Object<string, string>} filters as an address has them @param {number|null} at @param {number} page from 0 */
export const chainsQuestion = (filters, at, page) => ['chains', listParameters(filters, at, page)];
/** Counts, findings, what happened last, and that page of the list. index.html asks it ahead, without filters. */
export const overviewQuestion = (filters, at, page) => ['overview', listParameters(filters, at, page)];

function listParameters({ ended, ...rest }, at, page) {
  return { ...rest, ended: ended === 'false' ? undefined : 'true', at: momentText(at), limit: PAGE, offset: page * PAGE };
}
