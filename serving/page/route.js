/** Addresses within the page: `#/`, `#/?ns=shop&state=Error`, `#/chain/ID?at=…`. Everything that is looked at has one. */

/**
 * @typedef {{view: 'overview'|'chain', chain?: string, query: Object<string, string>}} Route
 * @param {string} hash
 * @returns {Route}
 */
export function parseRoute(hash) {
  const [path, text = ''] = hash.replace(/^#/, '').split('?', 2);
  const query = Object.fromEntries(new URLSearchParams(text));
  const chain = /^\/chain\/(.+)$/.exec(path);
  if (chain) {
    try {
      return { view: 'chain', chain: decodeURIComponent(chain[1]), query };
    } catch {
      return { view: 'overview', query: {} };
    }
  }
  return { view: 'overview', query };
}

function withQuery(path, query) {
  const used = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== '');
  const text = new URLSearchParams(used).toString();
  return text ? `${path}?${text}` : path;
}

export const overviewHash = (query = {}) => withQuery('#/', query);
export const chainHash = (chain, query = {}) => withQuery(`#/chain/${encodeURIComponent(chain)}`, query);

/** Changes the address without a step in the browser's history, and without telling anybody. */
export function replaceHash(hash) {
  history.replaceState(null, '', hash);
}
