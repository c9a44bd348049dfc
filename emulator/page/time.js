/** Instants (milliseconds) and IANA zones -> what a clock or calendar shows there; and a wall-clock time in a zone -> its instant. */

const MINUTE = 60_000
const DAY = 86_400_000

const GUESS = {
  zh: 'Asia/Shanghai', 'zh-tw': 'Asia/Taipei', 'zh-hant': 'Asia/Taipei', 'zh-hk': 'Asia/Hong_Kong', ja: 'Asia/Tokyo', ko: 'Asia/Seoul',
  de: 'Europe/Berlin', fr: 'Europe/Paris', es: 'Europe/Madrid', it: 'Europe/Rome', ru: 'Europe/Moscow', 'en-us': 'America/New_York',
  'en-gb': 'Europe/London',
}

/** The zone a person is shown in until they choose: by language, else the demo's own. */
export function guessZone(language) {
  const code = (language || '').toLowerCase()
  return GUESS[code] || GUESS[code.split('-')[0]] || 'Asia/Shanghai'
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

/** Milliseconds the zone is ahead of UTC at this instant. */
function ahead(instant, zone) {
  const f = fields(instant, zone)
  return Date.UTC(f.year, f.month - 1, f.day, f.hour, f.minute, f.second) - Math.floor(instant / 1000) * 1000
}

/** The instant at which the zone's clocks show this time, given as if it were UTC; in a skipped hour a later one. */
function instantOf(wall, zone) {
  const first = wall - ahead(wall, zone)
  return wall - ahead(first, zone)
}

export function tomorrowAt(now, zone, hour, minute) {
  const f = fields(now, zone)
  return instantOf(Date.UTC(f.year, f.month - 1, f.day + 1, hour, minute), zone)
}

/** "2026-09-12T07:59", as an <input type=datetime-local> speaks. */
export function toInput(instant, zone) {
  return new Date(instant + ahead(instant, zone)).toISOString().slice(0, 16)
}

export function fromInput(text, zone) {
  return instantOf(Date.parse(`${text}Z`), zone)
}

export function dayNumber(instant, zone) {
  return Math.floor((instant + ahead(instant, zone)) / DAY)
}

export function timeOfDay(instant, zone, seconds = false) {
  return toIso(instant, zone).slice(11, seconds ? 19 : 16)
}

function toIso(instant, zone) {
  return new Date(instant + ahead(instant, zone)).toISOString()
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

/** "UTC+8", "UTC-3:30" */
export function offsetName(instant, zone) {
  const minutes = Math.round(ahead(instant, zone) / MINUTE)
  const rest = Math.abs(minutes) % 60
  return `UTC${minutes < 0 ? '−' : '+'}${Math.floor(Math.abs(minutes) / 60)}${rest ? `:${String(rest).padStart(2, '0')}` : ''}`
}
