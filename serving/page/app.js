import { byId, put } from './dom.js';
import { tickAges } from './ages.js';
import { forgetAhead, get } from './api.js';
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

/** The view of a chain is read after the first picture, which does without it, or when it is looked at. */
const chainView = () => import('./chain-view.js').then((module) => module.ChainView);

/** The module could not be read: the daemon is away, or by now another version, whose page is read once it answers. */
async function readAnew() {
  connection('waiting');
  const answers = await get(...versionQuestion()).catch(() => null);
  setTimeout(answers ? () => location.reload() : readAnew, 2000);
}

async function open() {
  const { hash } = location;
  const route = parseRoute(hash);
  const View = route.view === 'chain' ? await chainView().catch(readAnew) : Overview;
  if (!View || location.hash !== hash) return;  // meanwhile another one was opened
  view?.end();
  view = new View(route);
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
    view?.follows(place.lastSeq);
    stream.start(version.ledger, place.lastSeq);
    if (version.demo) demo.load();
    setTimeout(() => chainView().catch(() => {}), 1000);  // once it is needed, a failure is told
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
