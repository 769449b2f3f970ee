/** The page's pure parts, without a browser. */
import assert from 'node:assert/strict';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';

let folder;
let page;
before(async () => {
  // Files of the page end in .js; Node takes them for modules where a package.json says so.
  folder = await mkdtemp(path.join(os.tmpdir(), 'snaptrail-modules-'));
  await cp('serving/page', folder, { recursive: true });
  await writeFile(path.join(folder, 'package.json'), '{"type":"module"}');
  page = async (name) => import(pathToFileURL(path.join(folder, `${name}.js`)));
});
after(() => rm(folder, { recursive: true, force: true }));

const row = (uid, at, from, to, more = {}) => ({ seq: at, type: 'transition', uid, kind: 'VolumeSnapshot', name: uid, namespace: 'n', at: new Date(at).toISOString(), from, to, ...more });

test('an address is read as it was written, and one that is none leads to the overview', async () => {
  const { chainHash, overviewHash, parseRoute } = await page('route');
  assert.deepEqual(parseRoute(chainHash('a/b c', { at: 'x' })), { view: 'chain', chain: 'a/b c', query: { at: 'x' } });
  assert.deepEqual(parseRoute(overviewHash({ ns: 'ä&b', text: '' })), { view: 'overview', query: { ns: 'ä&b' } });
  for (const hash of ['', '#', '#/', '#/chain/', '#/chain/%E0%A4%A', '#/nothing']) assert.equal(parseRoute(hash).view, 'overview', hash);
});

test('durations read as kubectl\'s', async () => {
  const { duration } = await page('format');
  assert.deepEqual([0, 40, 400, 3021, 14600, 119999, 250000, 600000, 10800000, 190800000, 864000000].map(duration), ['0s', '0.04s', '0.4s', '3s', '14s', '119s', '4m10s', '10m', '3h', '2d5h', '10d']);
});

test('times are the reader\'s own, with the day where it is another one, and numbers have their thousands apart', async () => {
  const { clock, grouped, shortClock } = await page('format');
  const now = new Date(2026, 10, 22, 23, 30);
  const at = (day, hour) => new Date(2026, 10, day, hour, 1, 7).toISOString();
  assert.deepEqual([clock(at(22, 3), now), clock(at(9, 23), now)], ['03:01:07', '2026-11-09 23:01:07']);
  assert.deepEqual([shortClock(at(22, 3), now), shortClock(at(9, 23), now)], ['03:01:07', '11-09 23:01']);
  assert.deepEqual([0, 999, 1000, 50000, 1234567].map(grouped), ['0', '999', '1,000', '50,000', '1,234,567']);
});

test('a time axis is even where things happen, and cuts short where nothing does', async () => {
  const { ticks, timeScale } = await page('time-scale');
  const even = timeScale([0, 5000, 20000]);
  assert.deepEqual(even.cuts, []);
  assert.equal(even.place(10000), 0.5);
  const weeks = timeScale([0, 5000, 10000, 2000000000, 2000010000]);
  assert.deepEqual(weeks.cuts, [{ from: 10000, to: 2000000000 }]);
  assert.ok(weeks.place(10000) > 0.4, 'the backup has its room');
  for (const time of [0, 2500, 7000, 2000004000, 2000010000]) assert.ok(Math.abs(weeks.time(weeks.place(time)) - time) < 2, `${time} and back`);
  const places = ticks(weeks, 8).map((tick) => tick.place);
  assert.deepEqual(places, [...places].sort((a, b) => a - b));
  assert.equal(timeScale([]).place(5), 1);
  assert.equal(timeScale([7]).place(7), 0);
});

test('a lane has one bar a state, and ends with its object', async () => {
  const { lanes } = await page('spans');
  const [lane, open] = lanes([row('a', 0, null, 'Pending'), row('a', 10, 'Pending', 'Ready'), row('b', 20, null, 'Pending'), row('a', 30, 'Ready', 'Deleted'), { ...row('a', 31, null, null), type: 'fact' }], 100);
  assert.deepEqual(lane.spans.map((span) => [span.state, span.from, span.to, span.open]), [['Pending', 0, 10, false], ['Ready', 10, 30, false]]);
  assert.deepEqual(open.spans.map((span) => [span.state, span.to, span.open]), [['Pending', 100, true]]);
  assert.equal(lane.marks.length, 4);
});

test('Kubernetes Events are on the lane of their object, which is there for them alone if need be', async () => {
  const { lanes } = await page('spans');
  const event = (uid, at) => ({ uid, event: `e${at}`, kind: 'VolumeSnapshot', name: uid, namespace: 'n', at: new Date(at).toISOString(), type: 'Normal', reason: 'R', count: 1 });
  const [early, a] = lanes([row('a', 10, null, 'Pending')], 100, [event('b', 5), event('a', 20)]);
  assert.deepEqual([a.uid, a.events.length, a.spans.length], ['a', 1, 1]);
  assert.deepEqual([early.uid, early.events.length, early.spans.length], ['b', 1, 0]);
});

test('a moment is typed in as the reader\'s own time', async () => {
  const { asLocalInput } = await page('moment');
  const at = Date.parse('2026-11-22T23:11:07.926Z');
  assert.equal(new Date(asLocalInput(at)).getTime(), Math.floor(at / 1000) * 1000);
});

test('no place of the flow covers another one, and every edge leads from one to the next, at any width', async () => {
  const { EDGES, edgePath, layout } = await page('flow-layout');
  for (let width = 280; width < 4000; width += 37) {
    const { boxes } = layout(width);
    const all = Object.values(boxes);
    for (const a of all) {
      assert.ok(a.x >= 0 && a.x + a.w <= width + 0.5 && a.w > 80, `${width}`);
      for (const b of all) assert.ok(a === b || a.x + a.w <= b.x || b.x + b.w <= a.x || a.y + a.h <= b.y || b.y + b.h <= a.y, `${width}`);
    }
    for (const [from, to] of EDGES) assert.match(edgePath(boxes[from], boxes[to]).d, /^M[\d.]+ [\d.]+[HV][\d.-]+$/);
  }
});

test('the flow shows the restore that was asked for, places that nobody filled, and what stands in the way', async () => {
  const { flowModel, isThere } = await page('flow-model');
  const node = (id, role, chain, state = 'Ready') => ({ id, role, chain, state, name: id, kind: 'x' });
  const graph = {
    chains: [{ chain: 'c', type: 'backup' }, { chain: 'r1', type: 'restore' }, { chain: 'r2', type: 'restore' }],
    nodes: [node('s', 'snapshot', 'c'), node('p1', 'claim', 'r1'), node('p2', 'claim', 'r2', null), { id: 'handle', role: 'handle', chain: null, state: null, name: null }],
    edges: [{ from: 's', to: 'handle', lit: true }],
    findings: [{ uid: 's', reason: 'Slow', seq: 1, finding: { category: 'waiting', severity: 'info' } }, { uid: 's', reason: 'Bad', seq: 2, finding: { category: 'error', severity: 'critical' } }],
  };
  assert.equal(flowModel(graph).slots['restore.claim'].node.id, 'p2');
  assert.equal(flowModel(graph, 0).slots['restore.claim'].node.id, 'p1');
  const model = flowModel(graph);
  assert.equal(model.slots['backup.snapshot'].finding.reason, 'Bad');
  assert.equal(model.slots['backup.volume'].node, null);
  assert.equal(isThere(model.slots['restore.claim'].node), false);
  assert.equal(isThere(model.slots.handle.node), false);
  assert.equal(flowModel(null).edges.filter((edge) => edge.lit).length, 0);
});

test('every kind of row of the recordings can be told or is passed over, and none throws', async () => {
  const { change, narrate } = await page('narrate');
  const { readFile } = await import('node:fs/promises');
  let told = 0;
  for (const name of ['velero-backup-restore', 'hazards', 'night']) {
    for (const line of (await readFile(`test/data/golden/${name}.ndjson`, 'utf8')).trim().split('\n')) {
      const one = JSON.parse(line);
      assert.ok(change(one).length > 2);
      const text = narrate(one);
      assert.ok(text === null || (text.length > 10 && !text.includes('undefined') && !text.includes('null')), text);
      told += text ? 1 : 0;
    }
  }
  assert.ok(told > 100, `${told}`);
});

test('what the page asks first is what its HTML asks ahead', async () => {
  const { overviewQuestion, versionQuestion } = await page('questions');
  const { address } = await page('api');
  const { readFile } = await import('node:fs/promises');
  const ahead = [...(await readFile('serving/page/index.html', 'utf8')).matchAll(/rel="preload" as="fetch" crossorigin="anonymous" href="([^"]*)"/g)].map((one) => one[1].replaceAll('&amp;', '&'));
  assert.deepEqual(ahead, [address(...overviewQuestion({}, null, 0)), address(...versionQuestion())]);
});

test('a burst of wishes is two runs, and the last wish is never lost', async () => {
  const { latest } = await page('latest');
  let runs = 0;
  let release;
  const wish = latest(() => new Promise((resolve) => { runs += 1; release = resolve; }));
  for (let i = 0; i < 10; ++i) wish();
  assert.equal(runs, 1);
  release();
  while (runs < 2) await new Promise((resolve) => { setImmediate(resolve); });
  release();
});

test('a task that wants to run again later does, once, and not if it was asked for before', async () => {
  const { latest } = await page('latest');
  let runs = 0;
  let wants = 20;
  const wish = latest(async () => {
    runs += 1;
    return wants;
  });
  wish();
  const until = async (number) => {
    while (runs < number) await new Promise((resolve) => { setTimeout(resolve, 5); });
  };
  await until(2);
  wants = undefined;
  await until(3);
  await new Promise((resolve) => { setTimeout(resolve, 60); });
  assert.equal(runs, 3);
});
