/**
 * Runs a task as often as asked for, but never twice at once: what is asked for meanwhile is one more run afterwards. So a burst of
 * events costs two runs, and the first one begins at once.
 * @param {() => Promise<void>} task its failures are its own
 * @param {number} [rest] milliseconds between the end of one and the beginning of the next
 */
export function latest(task, rest = 0) {
  let running = false;
  let again = false;
  const run = async () => {
    running = true;
    try {
      await task();
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
  return () => {
    if (running) again = true;
    else run();
  };
}
