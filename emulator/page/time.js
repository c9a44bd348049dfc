/** Conversions between instants (milliseconds) and local dates and times in IANA time zones. */

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

const ZONE_BY_LANGUAGE = {
  __proto__: null,
  zh: 'Asia/Shanghai', 'zh-tw': 'Asia/Taipei', 'zh-hant': 'Asia/Taipei', 'zh-hk': 'Asia/Hong_Kong', ja: 'Asia/Tokyo', ko: 'Asia/Seoul',
  de: 'Europe/Berlin', fr: 'Europe/Paris', es: 'Europe/Madrid', it: 'Europe/Rome', ru: 'Europe/Moscow', 'en-us': 'America/New_York',
  'en-gb': 'Europe/London',
}

/** Guess a user's time zone from their language; the demo's own zone otherwise. */
export function guessZone(language) {
  const code = (language || '').toLowerCase()
  return ZONE_BY_LANGUAGE[code] || ZONE_BY_LANGUAGE[code.split('-')[0]] || 'Asia/Shanghai'
}

export function zones() {
  return Intl.supportedValuesOf('timeZone')
}

const formats = new Map()

function format(locale, zone, options) {
  const key = `${locale} ${zone} ${JSON.stringify(options)}`
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat(locale, { timeZone: zone, ...options }))
  return formats.get(key)
}

function fields(instant, zone) {
  const options = { hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit' }
  const parts = format('en-US', zone, options).formatToParts(instant)
  return Object.fromEntries(parts.map(({ type, value }) => [type, Number(value)]))
}

/** Milliseconds by which the zone is ahead of UTC at this instant. */
function utcOffset(instant, zone) {
  const f = fields(instant, zone)
  return Date.UTC(f.year, f.month - 1, f.day, f.hour, f.minute, f.second) - Math.floor(instant / 1000) * 1000
}

/** Return the instant of a local time, given as if it were UTC; a skipped time becomes a later one. */
function instantOf(localTime, zone) {
  const first = localTime - utcOffset(localTime, zone)
  return localTime - utcOffset(first, zone)
}

export function tomorrowAt(now, zone, hour, minute) {
  const f = fields(now, zone)
  return instantOf(Date.UTC(f.year, f.month - 1, f.day + 1, hour, minute), zone)
}

/** Format for <input type=datetime-local>: "2026-09-12T07:59". */
export function toInput(instant, zone) {
  return new Date(instant + utcOffset(instant, zone)).toISOString().slice(0, 16)
}

export function fromInput(text, zone) {
  return instantOf(Date.parse(`${text}Z`), zone)
}

export function dayNumber(instant, zone) {
  return Math.floor((instant + utcOffset(instant, zone)) / DAY_MS)
}

export function timeOfDay(instant, zone, seconds = false) {
  return toIso(instant, zone).slice(11, seconds ? 19 : 16)
}

function toIso(instant, zone) {
  return new Date(instant + utcOffset(instant, zone)).toISOString()
}

export function longDay(instant, zone, locale) {
  return format(locale, zone, { weekday: 'long', month: 'long', day: 'numeric' }).format(instant)
}

export function shortDay(instant, zone, locale) {
  return format(locale, zone, { weekday: 'short', month: 'short', day: 'numeric' }).format(instant)
}

export function monthAndDay(instant, zone, locale) {
  return format(locale, zone, { month: 'short', day: 'numeric' }).format(instant)
}

const DATE_TIME_OPTIONS = {
  __proto__: null,
  w: { weekday: 'long' },
  d: { year: '2-digit', month: '2-digit', day: '2-digit' },
  D: { year: 'numeric', month: 'long', day: 'numeric' },
  t: { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
  T: { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' },
}
const RELATIVE_STEPS = [['day', 86_400], ['hour', 3600], ['minute', 60], ['second', 1]]

/** Return the closest locale that the browser knows for a language code; English for an odd one. */
export function knownLocale(code) {
  try {
    const known = Intl.DateTimeFormat.supportedLocalesOf(code)[0]
    return !known || known === 'en' ? 'en-GB' : known // as the page itself and the bot write English dates
  } catch {
    return 'en-GB'
  }
}

/** Format as the Bot API's date_time_format says: "r" or letters of "wdDtT"; "" for none. */
export function dateTime(instant, now, zone, locale, shape) {
  if (!shape) return ''
  if (shape === 'r') return relative(Math.round((instant - now) / 1000), locale)
  return format(locale, zone, Object.assign({}, ...[...shape].map((letter) => DATE_TIME_OPTIONS[letter]))).format(instant)
}

function relative(seconds, locale) {
  const [unit, length] = RELATIVE_STEPS.find(([, step]) => Math.abs(seconds) >= step) ?? RELATIVE_STEPS.at(-1)
  return new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }).format(Math.trunc(seconds / length), unit)
}

/** "UTC+8", "UTC-3:30" */
export function offsetName(instant, zone) {
  const minutes = Math.round(utcOffset(instant, zone) / MINUTE_MS)
  const rest = Math.abs(minutes) % 60
  return `UTC${minutes < 0 ? '−' : '+'}${Math.floor(Math.abs(minutes) / 60)}${rest ? `:${String(rest).padStart(2, '0')}` : ''}`
}
