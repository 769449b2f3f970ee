import { askAhead } from './api.js';
import { activityQuestion, chainQuestion, chainsQuestion, filtersOf, findingsQuestion, momentOf, placeQuestion, statsQuestion, versionQuestion } from './questions.js';
import { parseRoute } from './route.js';

/** Asks for what the first picture needs while the browser still reads the modules that draw it. */

const route = parseRoute(location.hash);
const at = momentOf(route.query);
askAhead(placeQuestion());
askAhead(versionQuestion());
if (route.view === 'chain') {
  askAhead(chainQuestion(route.chain, at));
  import('./chain-view.js').catch(() => {});  // who shows it is told
} else {
  askAhead(chainsQuestion(filtersOf(route.query), at, 0));
  askAhead(statsQuestion(at));
  askAhead(findingsQuestion(at));
  askAhead(activityQuestion(at));
}
