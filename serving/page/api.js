/** Asking the daemon. Addresses are relative, so that the page also works behind the API server's service proxy. */

/** An answer other than 200; `status` is 0 where there was none. */
export class ApiError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** `api/v1/PATH?…`, without parameters that are empty. */
export function address(path, parameters = {}) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined && value !== null && value !== '' && value !== false) query.set(name, String(value));
  }
  const text = query.toString();
  return `api/v1/${path}${text ? `?${text}` : ''}`;
}

async function ask(url, signal) {
  let answer;
  try {
    answer = await fetch(url, { signal });
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new ApiError(0, 'the daemon can\'t be reached');
  }
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new ApiError(answer.status, body.error ?? `the daemon answered ${answer.status}`);
  return body;
}

/**
 * One answer of the API. Throws ApiError, or AbortError.
 * @param {string} path below api/v1
 * @param {Object<string, *>} [parameters]
 * @param {AbortSignal} [signal]
 */
export const get = (path, parameters, signal) => ask(address(path, parameters), signal);

/** One answer of the demo's own paths. */
export const getDemo = (path) => ask(path);

/** All items of a list in pages, up to `most`. */
export async function getAll(path, parameters, most, signal) {
  const items = [];
  let place;
  do {
    const page = await get(path, { ...parameters, limit: Math.min(most, 5000), continue: place }, signal);
    items.push(...page.items);
    place = page.continue;
  } while (place && items.length < most);
  return items;
}
