import { byId, put } from './dom.js';
import { tickAges } from './ages.js';
import { get } from './api.js';
import { ChainView } from './chain-view.js';
import { DemoBar } from './demo.js';
import { narrate } from './narrate.js';
import { Overview } from './overview.js';
import { versionQuestion } from './questions.js';
import { parseRoute } from './route.js';
import { RowStream } from './stream.js';
import { startTheme } from './theme.js';

/** The page: one view at a time, told of every row that is committed. */

const CONNECTION = { live: 'live', waiting: 'reconnecting …', paused: 'paused', none: 'connecting …' };

let view = null;
let shown = null;

/** How long a view may wait for what it shows before it is there without: laid out once, all of it is there sooner. */
const PATIENCE = 300;
const root = document.documentElement;

async function open() {
  const route = parseRoute(location.hash);
  const next = route.view === 'chain' ? new ChainView(route) : new Overview(route);
  view?.end();
  view = next;
  await Promise.race([next.begin(), new Promise((resolve) => { setTimeout(resolve, PATIENCE); })]);
  if (view !== next) return;  // meanwhile another one was opened
  put(byId('main'), next.element);
  root.classList.remove('starting');
  if (shown !== null && shown !== route.view) {
    scrollTo(0, 0);
    byId('main').focus({ preventScroll: true });
  }
  shown = route.view;
}

function connection(state) {
  const element = byId('connection');
  if (element.dataset.state === state) return;
  element.dataset.state = state;
  element.textContent = CONNECTION[state];
}

const saidLately = [];
/** One line of what happens, seen and read aloud; a burst is read as its last sentence. */
function tell(row) {
  const text = narrate(row);
  if (!text) return;
  const line = byId('narration');
  line.hidden = false;
  line.textContent = text;
  clearTimeout(saidLately.pop());
  saidLately.push(setTimeout(() => { byId('announcer').textContent = text; }, 1000));
}

let demo = null;
const stream = new RowStream({
  state(state) {
    // What was recorded meanwhile without rows: what was there when the daemon began.
    if (state === 'live' && ['waiting', 'paused'].includes(byId('connection').dataset.state)) view?.refresh();
    connection(state);
  },
  row(row) {
    tell(row);
    view?.take(row);
  },
  said: (event) => view?.said?.(event),
  ledger: () => begin(true),
});

/**
 * Learns who answers, and begins with what is committed from then on; also after the ledger was changed for another. The view need not
 * wait for that: it is told from where on it hears of rows, and asks anew for what was answered before.
 * @param {boolean} again what is shown stays until the daemon answers: it could not be reached, or has just begun another ledger
 */
async function begin(again = false) {
  try {
    const asked = get(...versionQuestion());
    if (!again) open();
    const version = await asked;
    if (again) open();
    byId('cluster').textContent = version.cluster ?? '';
    document.title = version.cluster ? `snaptrail: ${version.cluster}` : 'snaptrail';
    byId('narration').hidden = true;
    view?.follows(version.lastSeq);
    stream.start(version.ledger, version.lastSeq, version.lastEvent);
    if (version.demo) demo.load();
  } catch {
    connection('waiting');
    setTimeout(() => begin(true), 1000);
  }
}

function start() {
  demo = new DemoBar(byId('demo'));
  startTheme(byId('theme'));
  connection('none');
  addEventListener('hashchange', open);
  setInterval(tickAges, 1000);
  begin();
}

// Until there is something to see: an empty frame would only be laid out before it.
root.classList.add('starting');
// It may be here before the page is read to its end.
if (document.readyState === 'loading') addEventListener('DOMContentLoaded', start, { once: true });
else start();
