/**
 * The daemon's rows as they are committed. Begins behind a given row and misses none: the browser resumes by the last id, and a tab
 * in the background lets its connection go (there are six a host) and resumes once it is looked at.
 */
export class RowStream {
  /**
   * @param {{row: (row: object) => void, ledger: (id: string) => void, state: (state: 'live'|'waiting'|'paused') => void}} told
   *   `row`: each row once, in order; `ledger`: it is another ledger than before, all that is shown must be asked for anew
   */
  constructor(told) {
    this.told = told;
    this.last = null;
    this.ledgerId = null;
    this.source = null;
    document.addEventListener('visibilitychange', () => (document.hidden ? this.pause() : this.resume()));
  }

  /** Begins with what follows `seq` of the ledger. */
  start(ledgerId, seq) {
    this.ledgerId = ledgerId;
    this.last = seq;
    if (!document.hidden) this.open();
  }

  pause() {
    this.close();
    this.told.state('paused');
  }

  resume() {
    if (this.last !== null && !this.source) this.open();
  }

  close() {
    clearTimeout(this.retry);
    this.source?.close();
    this.source = null;
  }

  open() {
    this.close();
    const source = new EventSource(`api/v1/stream?afterSeq=${this.last}`);
    this.source = source;
    source.addEventListener('hello', (event) => this.greet(JSON.parse(event.data)));
    source.addEventListener('row', (event) => this.take(JSON.parse(event.data)));
    source.addEventListener('error', () => {
      this.told.state('waiting');
      // A refusal (too many clients) is final to the browser, but not to us.
      if (source.readyState === EventSource.CLOSED && this.source === source) {
        this.retry = setTimeout(() => this.open(), 2000);
      }
    });
  }

  greet(hello) {
    this.told.state('live');
    if (this.ledgerId !== null && hello.ledger !== this.ledgerId) {
      this.close();
      this.told.ledger(hello.ledger);
    }
  }

  take(row) {
    if (row.seq <= this.last) return;
    this.last = row.seq;
    this.told.row(row);
  }
}
