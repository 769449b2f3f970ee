/** Times and names for people. */

/** A duration in milliseconds as kubectl would say it: `0.4s`, `12s`, `4m10s`, `3h`, `2d5h`. */
export function duration(ms) {
  const seconds = Math.max(0, ms / 1000);
  if (seconds < 0.995) return `${(Math.round(seconds * 100) / 100).toString()}s`;
  if (seconds < 10) return `${(Math.round(seconds * 10) / 10).toString()}s`;
  const whole = Math.floor(seconds);
  if (whole < 120) return `${whole}s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 10) return `${minutes}m${whole % 60 ? `${whole % 60}s` : ''}`;
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours}h`;
  const days = Math.floor(hours / 24);
  return days < 8 && hours % 24 ? `${days}d${hours % 24}h` : `${days}d`;
}

/** How long ago an RFC 3339 time was, in whole seconds below two minutes. */
export function ago(time, now = Date.now()) {
  const ms = Math.max(0, now - Date.parse(time));
  return ms < 120000 ? `${Math.floor(ms / 1000)}s` : duration(ms);
}

const clockFormat = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const dayFormat = new Intl.DateTimeFormat(undefined, { year: 'numeric', month: 'short', day: 'numeric' });

/** The clock's time, with the day where that is not today. */
export function clock(time, now = new Date()) {
  const at = new Date(time);
  const today = at.toDateString() === now.toDateString();
  return today ? clockFormat.format(at) : `${dayFormat.format(at)} ${clockFormat.format(at)}`;
}

const nearFormat = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' });

/** As clock(), but short: of another day without seconds. */
export function shortClock(time, now = new Date()) {
  const at = new Date(time);
  return at.toDateString() === now.toDateString() ? clockFormat.format(at) : nearFormat.format(at);
}

/** A name that is long because it holds a hash or a uid, without its middle. */
export const shortName = (name, most = 32) => (name && name.length > most ? `${name.slice(0, most - 9)}…${name.slice(-8)}` : name ?? '');

/** `namespace/name`, or the name of what has no namespace. */
export const fullName = (object) => (object.namespace ? `${object.namespace}/${object.name}` : object.name ?? '');

/** `velero full-backup → full-restore`, or nothing. */
export function initiatorText(initiator) {
  if (!initiator) return '';
  const names = Object.entries(initiator).filter(([key, value]) => key !== 'type' && value).map(([, value]) => value);
  return [initiator.type, names.join(' → ')].filter(Boolean).join(' ');
}

/** As fullName(), short. */
export const briefName = (object) => (object.namespace ? `${object.namespace}/${shortName(object.name)}` : shortName(object.name));

const SHORT = { VolumeSnapshot: 'snapshot', VolumeSnapshotContent: 'content', PersistentVolumeClaim: 'claim', PersistentVolume: 'volume' };
/** A kind's name in a sentence. */
export const shortKind = (kind) => SHORT[kind] ?? kind ?? '';
