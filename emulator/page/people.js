/** People and chats -> the list on the left, and the little form that adds one. */

import { el, icon, reconcile, walkWithArrows } from './dom.js'
import { post } from './api.js'
import { hue } from './bubble.js'
import { zoneOf } from './preferences.js'
import { conversations, lastMessage, now, person, select, store } from './store.js'
import { dayNumber, monthAndDay, timeOfDay } from './time.js'
import { attempt } from './toast.js'
import { language, locale, t } from './words.js'

const SHOWN = 80
const MANY = 8
const MEMBERS = 3 // of a new group, beside its owner
const byId = (id) => document.getElementById(id)

const LANGUAGE_NAMES = { zh: '中', en: 'EN', ja: '日', ko: '한' }

export function avatar({ id, title, first_name: first }) {
  const words = (title || first).replace(/[^\p{L}\p{N}\s]/gu, '').trim().split(/\s+/)
  const letters = words.slice(0, 2).map((word) => [...word][0] ?? '?').join('').toUpperCase()
  return el(`span.avatar.hue-${hue(id)}`, { 'aria-hidden': 'true' }, letters)
}

export function setUpPeople(onOpen) {
  walkWithArrows(byId('chat-list'), 'button')
  byId('search').addEventListener('input', drawPeople)
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
      await (kind === 'person' ? addPerson(name.trim(), language) : addChat(kind, name.trim()))
      onOpen()
    })
  })
}

async function addPerson(name, language) {
  const made = await post('users', { first_name: name, language_code: language })
  store.people.set(made.id, made)
  select(made.id, made.id)
}

/** The bot is let in at once; whoever one is now owns it, a few others are plain members. */
async function addChat(type, title) {
  const members = [store.user, ...others().map(({ id }) => id)]
  const made = await post('chats', { type, title, members, creator: store.user })
  store.chats.set(made.id, made)
  select(store.user, made.id)
}

const others = () => [...store.people.values()].filter(({ id }) => id !== store.user).slice(0, MEMBERS)

/** The form asks for what it needs: a language of a person; of a chat nothing, but it tells who will be in it. */
function drawAdding() {
  const isPerson = byId('adding').querySelector('form').elements.kind.value === 'person'
  const names = new Intl.ListFormat(locale(), { type: 'conjunction' }).format(others().map(({ first_name: name }) => name))
  byId('adding-kind').hidden = !person()
  byId('adding-language').hidden = !isPerson
  byId('adding-members').hidden = isPerson
  byId('adding-members').textContent = t(names ? 'membersHelp' : 'membersAlone', { name: person()?.first_name, others: names })
}

export function drawPeople() {
  const wanted = byId('search').value.trim().toLowerCase()
  byId('search').hidden = store.people.size <= MANY && !wanted
  const found = conversations()
    .map((pair) => ({ ...pair, who: store.people.get(pair.user), last: lastMessage(pair.chat) }))
    .map((pair) => ({ ...pair, group: pair.user === pair.chat ? null : store.chats.get(pair.chat) }))
    .filter(({ who, group }) => `${who.first_name} ${who.last_name || ''} ${group?.title || ''}`.toLowerCase().includes(wanted))
    .sort((one, other) => (other.last?.date || 0) - (one.last?.date || 0))
  const items = found.slice(0, SHOWN).map(item)
  if (!items.length && wanted) items.push({ key: 'none', version: t('nobodyFound'), make: () => el('li.none', {}, t('nobodyFound')) })
  reconcile(byId('chat-list'), items)
}

function item(pair) {
  const { user, chat, who, group, last } = pair
  const unread = store.chats.get(chat)?.unread?.[user] || 0
  const open = user === store.user && chat === store.chat
  const when = last ? moment(last.date * 1000, zoneOf(who)) : ''
  const preview = previewOf(last, user)
  const parts = [who.first_name, who.last_name, who.language_code, who.blocked, group?.title, unread, open, when, preview, language()]
  return { key: `${user}:${chat}`, version: parts.join('\u0000'), make: () => entry(pair, { unread, open, when, preview }) }
}

function entry({ user, chat, who, group }, { unread, open, when, preview }) {
  const name = [who.first_name, who.last_name].filter(Boolean).join(' ')
  const code = (who.language_code || '').split('-')[0]
  return el('li', {}, el('button.entry', {
    type: 'button', 'data-user': user, 'data-chat': chat, 'data-testid': `chat-${user}-${chat}`, 'aria-current': open ? 'true' : null,
  },
  avatar(who),
  el('span.entry-name', {}, el('strong', {}, group ? group.title : name), group ? el('span.tag', {}, who.first_name)
    : code && el('span.tag', {}, LANGUAGE_NAMES[code] || code.toUpperCase()), who.blocked && icon('close')),
  el('time', {}, when),
  el('span.entry-last', {}, preview || store.bot.first_name),
  unread ? el('span.unread', { 'aria-label': t('unread', { count: unread }), 'data-testid': 'unread' }, String(unread)) : null))
}

function previewOf(last, user) {
  if (!last) return ''
  const words = last.service || last.text.slice(0, 120) || last.document?.file_name || t('location')
  return (last.from_id === user ? '→ ' : '') + words.replace(/\s+/g, ' ')
}

function moment(instant, zone) {
  const sameDay = dayNumber(instant, zone) === dayNumber(now(), zone)
  return sameDay ? timeOfDay(instant, zone) : monthAndDay(instant, zone, locale())
}
