/**
 * The daemon's rows, and what Kubernetes Events say, as they are committed. Begins behind a given place and misses nothing: the browser
 * resumes by the last id, and a tab in the background lets its connection go (there are six a host) and resumes once it is looked at.
 */
export class RowStream {
  /**
   * @param {{row: (row: object) => void, said: (event: object) => void, ledger: (id: string) => void, state: (state: 'live'|'waiting'|'paused') => void}} told
   *   `row`: each row once, in order; `said`: each change of a Kubernetes Event, or the last one of several; `ledger`: it is another ledger than before, all that is shown must be asked for anew
   */
  constructor(told) {
    this.told = told;
    this.last = null;
    this.lastEvent = 0;
    this.ledgerId = null;
    this.source = null;
    document.addEventListener('visibilitychange', () => (document.hidden ? this.pause() : this.resume()));
  }

  /** Begins with what follows row `seq` and change `event` of the ledger. */
  start(ledgerId, seq, event) {
    this.ledgerId = ledgerId;
    this.last = seq;
    this.lastEvent = event;
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
    const source = new EventSource(`api/v1/stream?afterSeq=${this.last}&afterEvent=${this.lastEvent}`);
    this.source = source;
    source.addEventListener('hello', (event) => this.greet(JSON.parse(event.data)));
    source.addEventListener('row', (event) => this.take(JSON.parse(event.data)));
    source.addEventListener('kubernetesEvent', (event) => this.hear(JSON.parse(event.data)));
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

  hear(event) {
    if (event.change <= this.lastEvent) return;
    this.lastEvent = event.change;
    this.told.said(event);
  }
}
