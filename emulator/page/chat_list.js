/** The chat list, and the dialog that adds users, groups and channels. */

import { el, icon, reconcile, walkWithArrows } from './dom.js'
import { post } from './api.js'
import { hue } from './bubble.js'
import { zoneOf } from './preferences.js'
import { summaryOf } from './media.js'
import { conversations, lastMessage, now, currentUser, select, store } from './store.js'
import { dayNumber, monthAndDay, timeOfDay } from './time.js'
import { attempt } from './toast.js'
import { language, locale, t } from './i18n.js'

const MAX_SHOWN = 80
const SEARCH_THRESHOLD = 8
const INITIAL_MEMBERS = 3 // initial members of a new group besides its owner
const byId = (id) => document.getElementById(id)

const LANGUAGE_NAMES = { __proto__: null, zh: '中', en: 'EN', ja: '日', ko: '한' }

export function avatar({ id, title, first_name: first }) {
  const words = (title || first).replace(/[^\p{L}\p{N}\s]/gu, '').trim().split(/\s+/)
  const letters = words.slice(0, 2).map((word) => [...word][0] ?? '?').join('').toUpperCase()
  return el(`span.avatar.hue-${hue(id)}`, { 'aria-hidden': 'true' }, letters)
}

export function setUpChatList(onOpen) {
  walkWithArrows(byId('chat-list'), 'button')
  byId('search').addEventListener('input', drawChatList)
  byId('chat-list').addEventListener('click', (event) => {
    const entry = event.target.closest('button')
    if (!entry) return
    select(Number(entry.dataset.user), Number(entry.dataset.chat))
    onOpen()
  })
  setUpAdding(onOpen)
}

function setUpAdding(onOpen) {
  const form = byId('adding').querySelector('form')
  const open = () => {
    form.reset()
    drawAdding()
    byId('adding').showModal()
  }
  for (const id of ['add-person', 'add-first']) byId(id).addEventListener('click', open)
  byId('adding-cancel').addEventListener('click', () => byId('adding').close())
  form.elements.kind.addEventListener('change', drawAdding)
  form.addEventListener('submit', () => {
    const { kind, name, language } = Object.fromEntries(new FormData(form))
    attempt(async () => {
      await (kind === 'person' ? addUser(name.trim(), language) : addChat(kind, name.trim()))
      onOpen()
    })
  })
}

async function addUser(name, language) {
  const created = await post('users', { first_name: name, language_code: language })
  store.users.set(created.id, created)
  select(created.id, created.id)
}

/** Add a group or channel with the bot; the current user owns it, a few others are ordinary members. */
async function addChat(type, title) {
  const members = [store.userId, ...others().map(({ id }) => id)]
  const created = await post('chats', { type, title, members, creator: store.userId })
  store.chats.set(created.id, created)
  select(store.userId, created.id)
}

const others = () => [...store.users.values()].filter(({ id }) => id !== store.userId).slice(0, INITIAL_MEMBERS)

/** Show the fields for the chosen type: a user's language, or who will be in the chat. */
function drawAdding() {
  const isUser = byId('adding').querySelector('form').elements.kind.value === 'person'
  const names = new Intl.ListFormat(locale(), { type: 'conjunction' }).format(others().map(({ first_name: name }) => name))
  byId('adding-kind').hidden = !currentUser()
  byId('adding-language').hidden = !isUser
  byId('adding-members').hidden = isUser
  byId('adding-members').textContent = t(names ? 'membersHelp' : 'membersAlone', { name: currentUser()?.first_name, others: names })
}

export function drawChatList() {
  const searchText = byId('search').value.trim().toLowerCase()
  byId('search').hidden = store.users.size <= SEARCH_THRESHOLD && !searchText
  const matches = conversations()
    .map((pair) => ({ ...pair, user: store.users.get(pair.userId), last: lastMessage(pair.chatId, pair.userId) }))
    .map((pair) => ({ ...pair, group: pair.userId === pair.chatId ? null : store.chats.get(pair.chatId) }))
    .filter(({ user, group }) => `${user.first_name} ${user.last_name || ''} ${group?.title || ''}`.toLowerCase().includes(searchText))
    .sort((first, second) => (second.last?.date || 0) - (first.last?.date || 0))
  const items = matches.slice(0, MAX_SHOWN).map(item)
  if (!items.length && searchText) items.push({ key: 'none', version: t('nobodyFound'), make: () => el('li.none', {}, t('nobodyFound')) })
  reconcile(byId('chat-list'), items)
}

function item(pair) {
  const { userId, chatId, user, group, last } = pair
  const unread = store.chats.get(chatId)?.unread?.[userId] || 0
  const open = userId === store.userId && chatId === store.chatId
  const timeText = last ? moment(last.date * 1000, zoneOf(user)) : ''
  const preview = previewOf(last, userId)
  const parts = [user.first_name, user.last_name, user.language_code, user.blocked, group?.title, unread, open, timeText, preview, language()]
  return { key: `${userId}:${chatId}`, version: parts.join('\u0000'), make: () => entry(pair, { unread, open, timeText, preview }) }
}

function entry({ userId, chatId, user, group }, { unread, open, timeText, preview }) {
  const name = [user.first_name, user.last_name].filter(Boolean).join(' ')
  const code = (user.language_code || '').split('-')[0]
  return el('li', {}, el('button.entry', {
    type: 'button', 'data-user': userId, 'data-chat': chatId, 'data-testid': `chat-${userId}-${chatId}`, 'aria-current': open ? 'true' : null,
  },
  avatar(user),
  el('span.entry-name', {}, el('strong', {}, group ? group.title : name), group ? el('span.tag', {}, user.first_name)
    : code && el('span.tag', {}, LANGUAGE_NAMES[code] || code.toUpperCase()), user.blocked && icon('close')),
  el('time', {}, timeText),
  el('span.entry-last', {}, preview || store.bot.first_name),
  unread ? el('span.unread', { 'aria-label': t('unread', { count: unread }), 'data-testid': 'unread' }, String(unread)) : null))
}

function previewOf(last, userId) {
  if (!last) return ''
  const text = summaryOf(last, store.users.get(userId)).slice(0, 120)
  return (last.from_id === userId ? '→ ' : '') + text.replace(/\s+/g, ' ')
}

function moment(instant, zone) {
  const sameDay = dayNumber(instant, zone) === dayNumber(now(), zone)
  return sameDay ? timeOfDay(instant, zone) : monthAndDay(instant, zone, locale())
}
