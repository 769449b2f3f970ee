import { byId, put } from './dom.js';
import { tickAges } from './ages.js';
import { forgetAhead, get } from './api.js';
import { ChainView } from './chain-view.js';
import { DemoBar } from './demo.js';
import { narrate } from './narrate.js';
import { Overview } from './overview.js';
import { placeQuestion, versionQuestion } from './questions.js';
import { parseRoute } from './route.js';
import { RowStream } from './stream.js';
import { startTheme } from './theme.js';

/** The page: one view at a time, told of every row that is committed. */

const CONNECTION = { live: 'live', waiting: 'reconnecting …', paused: 'paused', none: 'connecting …' };

let view = null;
let shown = null;

function open() {
  const route = parseRoute(location.hash);
  view?.end();
  view = route.view === 'chain' ? new ChainView(route) : new Overview(route);
  view.begin();
  forgetAhead();
  put(byId('main'), view.element);
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

const demo = new DemoBar(byId('demo'));
const stream = new RowStream({
  state: connection,
  row(row) {
    tell(row);
    view?.take(row);
  },
  ledger: () => begin(true),
});

/**
 * Learns who answers, and begins with what is committed from then on; also after the ledger was changed for another. The view need not
 * wait for that: it is told from where on it hears of rows, and asks anew for what was answered before.
 * @param {boolean} again what is shown stays until the daemon answers: it could not be reached, or has just begun another ledger
 */
async function begin(again = false) {
  try {
    const asked = Promise.all([get(...versionQuestion()), get(...placeQuestion())]);
    if (!again) open();
    const [version, place] = await asked;
    if (again) open();
    byId('cluster').textContent = version.cluster ?? '';
    document.title = version.cluster ? `snaptrail: ${version.cluster}` : 'snaptrail';
    byId('narration').hidden = true;
    view.follows(place.lastSeq);
    stream.start(version.ledger, place.lastSeq);
    if (version.demo) demo.load();
  } catch {
    connection('waiting');
    setTimeout(() => begin(true), 1000);
  }
}

startTheme(byId('theme'));
connection('none');
addEventListener('hashchange', open);
setInterval(tickAges, 1000);
begin();
