/**
 * From times to places on an axis. Long stretches in which nothing happens are cut short (a restore may come weeks after its
 * backup), and marked. Pure.
 */

const CUT_FROM = 0.45;  // of the whole: a stretch as long as that is cut
const CUT_TO = 0.1;     // of the axis

/**
 * @param {number[]} times moments at which something happens, in milliseconds
 * @returns {{begin: number, end: number, place: (time: number) => number, time: (place: number) => number, cuts: {from: number, to: number}[]}}
 *   places are from 0 to 1
 */
export function timeScale(times) {
  const sorted = [...new Set(times)].sort((a, b) => a - b);
  const begin = sorted[0] ?? 0;
  const end = Math.max(sorted[sorted.length - 1] ?? 1, begin + 1);
  const stretches = sorted.slice(1).map((time, index) => ({ from: sorted[index], to: time }));
  if (!stretches.length) stretches.push({ from: begin, to: end });
  const cuts = [];
  let rest = end - begin;
  for (const one of [...stretches].sort((a, b) => (b.to - b.from) - (a.to - a.from)).slice(0, 4)) {
    const length = one.to - one.from;
    if (length < CUT_FROM * rest || length < 60000) break;
    cuts.push(one);
    rest -= length;
  }
  const share = cuts.length * CUT_TO;
  let at = 0;
  for (const one of stretches) {
    one.begin = at;
    at += cuts.includes(one) ? CUT_TO : ((one.to - one.from) / Math.max(rest, 1)) * (1 - share);
    one.end = at;
  }
  const whole = at || 1;
  const within = (value, a, b, c, d) => (b === a ? c : c + ((value - a) / (b - a)) * (d - c));
  return {
    begin, end, cuts: cuts.map(({ from, to }) => ({ from, to })),
    place(time) {
      const one = stretches.find((stretch) => time <= stretch.to) ?? stretches[stretches.length - 1];
      return Math.min(1, Math.max(0, within(time, one.from, one.to, one.begin, one.end) / whole));
    },
    time(place) {
      const wanted = place * whole;
      const one = stretches.find((stretch) => wanted <= stretch.end) ?? stretches[stretches.length - 1];
      return within(wanted, one.begin, one.end, one.from, one.to);
    },
  };
}

const STEPS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21600, 43200, 86400, 604800].map((seconds) => seconds * 1000);

/** Round offsets from the beginning for about `wanted` marks of an axis, in milliseconds. */
export function ticks(scale, wanted) {
  const shown = scale.end - scale.begin - scale.cuts.reduce((sum, cut) => sum + cut.to - cut.from, 0);
  const step = STEPS.find((one) => shown / one <= wanted) ?? STEPS[STEPS.length - 1];
  const marks = [];
  let last = -1;
  for (let offset = 0; offset <= scale.end - scale.begin && marks.length < 60; offset += step) {
    const cut = scale.cuts.find((one) => scale.begin + offset > one.from && scale.begin + offset < one.to);
    if (cut) {
      offset = Math.floor((cut.to - scale.begin) / step) * step;
      continue;
    }
    const place = scale.place(scale.begin + offset);
    if (last < 0 || place - last > 0.5 / wanted) {
      marks.push({ offset, place });
      last = place;
    }
  }
  return marks;
}
