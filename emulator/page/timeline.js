/** Combines a chat's messages, date separators and notices into one keyed list. */

import { bubble } from './bubble.js'
import { el } from './dom.js'
import { waitingOn } from './callback_queries.js'
import { currentUser, messagesOf, now, store } from './store.js'
import { dayNumber, knownLocale, longDay, timeOfDay } from './time.js'
import { language, locale, t } from './i18n.js'

const GROUPING_SECONDS = 600 // messages of one author within this time form a group

const revisions = new WeakMap()
let revision = 0

/** Number each message object; an edit replaces the object. */
function revisionOf(message) {
  if (!revisions.has(message)) revisions.set(message, ++revision)
  return revisions.get(message)
}

/** Return keyed items for `reconcile`. `list`: messages, oldest first. */
export function timeline(list, zone, actions) {
  const items = []
  const notices = store.notices.filter((notice) => notice.chat === store.chatId)
  list.forEach((message, at) => {
    const [before, after] = [list[at - 1], list[at + 1]]
    const day = dayNumber(message.date * 1000, zone)
    if (!before || dayNumber(before.date * 1000, zone) !== day) items.push(dayItem(message.date * 1000, day, zone))
    if (isOneAlbum(before, message)) return
    const shape = { first: !isGrouped(before, message), last: !isGrouped(message, after), album: albumOf(list, at) }
    items.push(message.service ? serviceItem(message) : messageItem(message, { zone, actions, shape }))
    for (const notice of notices) if (notice.after === message.message_id) items.push(noticeItem(notice, zone))
  })
  return items
}

const isOneAlbum = (earlier, later) => Boolean(later.media_group_id) && earlier?.media_group_id === later.media_group_id

/** Return the messages that are shown in one bubble, as an album is. */
function albumOf(list, at) {
  const end = list.findIndex((message, next) => next > at && !isOneAlbum(list[next - 1], message))
  return list.slice(at, end < 0 ? list.length : end)
}

function isGrouped(earlier, later) {
  if (!earlier || !later || earlier.service || later.service || earlier.from_id !== later.from_id) return false
  const between = store.notices.some(({ chat: id, after }) => id === store.chatId && after === earlier.message_id)
  return Math.abs(later.date - earlier.date) < GROUPING_SECONDS && !between
}

function dayItem(instant, day, zone) {
  const today = dayNumber(now(), zone)
  const words = day === today ? t('today') : day === today - 1 ? t('yesterday') : longDay(instant, zone, locale())
  return { key: `day-${day}-${instant}`, version: words, make: () => el('div.day', {}, el('span', {}, words)) }
}

function noticeItem({ id, key, values }, zone) {
  const details = {
    __proto__: null,
    clockLine: () => ({ day: longDay(values.at, zone, locale()), time: timeOfDay(values.at, zone) }),
    faultLine: () => ({ method: values.method, what: t(`line ${values.kind}`) }),
  }
  const words = t(key, details[key]?.() ?? values)
  return { key: `n${id}`, version: words, make: () => line(words, 'notice') }
}

const line = (words, testid) => el('div.line', { 'data-testid': testid }, el('span', {}, words))

function serviceItem({ message_id: id, service }) {
  return { key: `m${id}`, version: service, make: () => line(service, 'service') }
}

function messageItem(message, { zone, actions, shape }) {
  const mine = message.from_id === store.userId
  const replyTo = messagesOf(message.chat_id).get(message.reply_to_message_id)
  const named = shape.first && !mine && store.chatId !== store.userId
  const reader = currentUser()
  const context = { mine, reader, zone, locale: knownLocale(reader.language_code || locale()), named, replyTo, ...shape }
  const seen = [shape.first, shape.last, mine, named, zone, reader.language_code, reader.old_app, language(), waitingOn(message)]
  const version = [...shape.album.map(revisionOf), replyTo && revisionOf(replyTo), ...seen].join()
  return { key: `m${message.message_id}`, version, make: (old) => bubble(message, context, actions, old) }
}
