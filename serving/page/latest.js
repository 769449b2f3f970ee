/**
 * Runs a task as often as asked for, but never twice at once: what is asked for meanwhile is one more run afterwards. So a burst of
 * events costs two runs, and the first one begins at once.
 * @param {() => Promise<number|void>} task its failures are its own; it may give the milliseconds after which it wants to run again
 * @param {number} [rest] milliseconds between the end of one and the beginning of the next
 */
export function latest(task, rest = 0) {
  let running = false;
  let again = false;
  let later;
  const run = async () => {
    running = true;
    clearTimeout(later);
    try {
      const wait = await task();
      if (wait) later = setTimeout(ask, wait);
    } finally {
      setTimeout(() => {
        running = false;
        if (again) {
          again = false;
          run();
        }
      }, rest);
    }
  };
  const ask = () => {
    if (running) again = true;
    else run();
  };
  return ask;
}

/**
 * Milliseconds after which a view asks again although no row tells of a change. What was there before the daemon began is recorded
 * without rows, so a total that changes will change further, and one that is steady is looked at now and then.
 */
export const SETTLING = 2000;
export const STEADY = 10000;
