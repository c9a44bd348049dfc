/** The messages of a chat, the days they were sent on, what the page noted between them -> one keyed list, ready to be shown. */

import { bubble } from './bubble.js'
import { el } from './dom.js'
import { waitingOn } from './presses.js'
import { messagesOf, now, store } from './store.js'
import { dayNumber, longDay, timeOfDay } from './time.js'
import { language, locale, t } from './words.js'

const TOGETHER_S = 600 // messages of one person this close stand as one group

const revisions = new WeakMap()
let revision = 0

/** A message object never changes; an edit brings another one. */
function revisionOf(message) {
  if (!revisions.has(message)) revisions.set(message, ++revision)
  return revisions.get(message)
}

/** `list` is oldest first; each item is {key, version, make}, as `reconcile` wants them. */
export function timeline(list, zone, actions) {
  const items = []
  const notices = store.notices.filter((notice) => notice.chat === store.chat)
  list.forEach((message, at) => {
    const [before, after] = [list[at - 1], list[at + 1]]
    const day = dayNumber(message.date * 1000, zone)
    if (!before || dayNumber(before.date * 1000, zone) !== day) items.push(dayItem(message.date * 1000, day, zone))
    const shape = { first: !together(before, message), last: !together(message, after) }
    items.push(message.service ? serviceItem(message) : messageItem(message, { zone, actions, shape }))
    for (const notice of notices) if (notice.after === message.message_id) items.push(noticeItem(notice, zone))
  })
  return items
}

function together(one, other) {
  if (!one || !other || one.service || other.service || one.from_id !== other.from_id) return false
  const between = store.notices.some(({ chat: id, after }) => id === store.chat && after === one.message_id)
  return Math.abs(other.date - one.date) < TOGETHER_S && !between
}

function dayItem(instant, day, zone) {
  const today = dayNumber(now(), zone)
  const words = day === today ? t('today') : day === today - 1 ? t('yesterday') : longDay(instant, zone, locale())
  return { key: `day-${day}-${instant}`, version: words, make: () => el('div.day', {}, el('span', {}, words)) }
}

function noticeItem({ id, key, values }, zone) {
  const said = {
    clockLine: () => ({ day: longDay(values.at, zone, locale()), time: timeOfDay(values.at, zone) }),
    faultLine: () => ({ method: values.method, what: t(`line ${values.kind}`) }),
  }
  const words = t(key, said[key]?.() ?? values)
  return { key: `n${id}`, version: words, make: () => line(words, 'notice') }
}

const line = (words, testid) => el('div.line', { 'data-testid': testid }, el('span', {}, words))

function serviceItem({ message_id: id, service }) {
  return { key: `m${id}`, version: service, make: () => line(service, 'service') }
}

function messageItem(message, { zone, actions, shape }) {
  const mine = message.from_id === store.user
  const replyTo = messagesOf(message.chat_id).get(message.reply_to_message_id)
  const named = shape.first && !mine && store.chat !== store.user
  const around = { mine, zone, named, replyTo, ...shape }
  const seen = [shape.first, shape.last, mine, named, zone, language(), waitingOn(message)]
  const version = [revisionOf(message), replyTo && revisionOf(replyTo), ...seen].join()
  return { key: `m${message.message_id}`, version, make: (old) => bubble(message, around, actions, old) }
}
