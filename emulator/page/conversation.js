/** The open chat -> its bar, its messages with days and notes between them, and what stands below. */

import { copy, follow, markRead, restart, sayText } from './actions.js'
import { beginEdit, beginReply, insertQuery } from './composer.js'
import { el, reconcile } from './dom.js'
import { openMenu } from './menu.js'
import { avatar } from './people.js'
import { isPhone, zoneOf } from './preferences.js'
import { press } from './presses.js'
import { chat, messagesOf, onEvent, person, store } from './store.js'
import { timeline } from './timeline.js'
import { t } from './words.js'

const NEAR_END = 60
const byId = (id) => document.getElementById(id)

const view = { shown: '', newest: 0, atEnd: true, topic: null, missed: 0 }
const actions = {
  copy, follow, send: sayText, reply: beginReply,
  show(message) {
    const node = byId('log').querySelector(`[data-message-id="${message.message_id}"]`)
    node?.scrollIntoView({ block: 'center', behavior: 'smooth' })
    node?.classList.remove('flash')
    requestAnimationFrame(() => node?.classList.add('flash'))
  },
  key(message, button) {
    if (button.copy_text) copy(button.copy_text.text)
    else if ('switch_inline_query_current_chat' in button) insertQuery(button.switch_inline_query_current_chat)
    else if ('switch_inline_query' in button) insertQuery(button.switch_inline_query)
    else if ('callback_data' in button) press(store.user, message, button)
  },
  menu(message, at) {
    const entries = [{ label: t('reply'), icon: 'reply', run: () => beginReply(message), testid: 'menu-reply' }]
    if (message.text) entries.push({ label: t('copy'), icon: 'copy', run: () => copy(message.text), testid: 'menu-copy' })
    const mine = message.text && message.from_id === store.user
    if (mine) entries.push({ label: t('edit'), icon: 'edit', run: () => beginEdit(message), testid: 'menu-edit' })
    openMenu(at, entries)
  },
}

export function setUpConversation() {
  const scroll = byId('scroll')
  scroll.addEventListener('scroll', () => {
    view.atEnd = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < NEAR_END
    if (view.atEnd) view.missed = 0
    drawToEnd()
  })
  new ResizeObserver(() => view.atEnd && toEnd()).observe(scroll)
  byId('to-end').addEventListener('click', toEnd)
  byId('start').addEventListener('click', () => sayText('/start'))
  byId('restart').addEventListener('click', restart)
  byId('log').addEventListener('keydown', walkMessages)
  document.addEventListener('visibilitychange', markRead)
  onEvent('message', (message) => { if (message.chat_id === store.chat && message.from_id === store.user) view.atEnd = true })
}

/** Up and down go from message to message, Enter opens the menu of one. */
function walkMessages(event) {
  const at = event.target
  if (!at.classList.contains('message')) return
  const step = { ArrowDown: 'nextElementSibling', ArrowUp: 'previousElementSibling' }[event.key]
  if (step) {
    let next = at[step]
    while (next && !next.classList.contains('message')) next = next[step]
    event.preventDefault()
    ;(next ?? (event.key === 'ArrowDown' ? byId('text') : at)).focus()
  } else if (event.key === 'Enter') {
    const { left, top } = at.getBoundingClientRect()
    const message = messagesOf(store.chat).get(Number(at.dataset.messageId))
    if (message) actions.menu(message, { x: left + 24, y: Math.max(top, 60) + 24 })
  }
}

export function drawConversation() {
  const who = person()
  byId('device').hidden = !who
  byId('nobody').hidden = Boolean(who) || !store.ready
  if (!who) return
  drawBar(who)
  drawTopics()
  drawFoot(who)
  drawLog(who)
  markRead()
}

function drawBar(who) {
  const group = store.chat === store.user ? null : chat()
  const typing = store.typing.get(store.chat)
  const doing = typing && t(typing.action.startsWith('upload') ? 'sendingFile' : 'typing')
  const face = () => (group ? avatar(group) : el('img.avatar', { src: 'sunrise.svg', alt: '' }))
  reconcile(byId('chat-avatar'), [{ key: 'face', version: `${group?.id} ${group?.title}`, make: face }])
  byId('chat-title').textContent = group?.title || store.bot.first_name
  const wait = store.online ? store.botIsLate && t('botIsLate') : t('offline')
  byId('chat-status').textContent = wait || doing || t(owns(who) ? 'youOwn' : 'you', { name: who.first_name })
  byId('chat-status').classList.toggle('busy', Boolean(wait || doing))
  byId('typing').hidden = !doing
  const dots = () => el('span', {}, el('span.dots', { 'aria-hidden': 'true' }, el('i'), el('i'), el('i')), el('span.aloud', {}, doing))
  reconcile(byId('typing'), doing ? [{ key: 'dots', version: doing, make: dots }] : [])
  byId('device').classList.toggle('phone', isPhone(who))
  byId('scroll').lang = who.language_code || ''
}

function drawTopics() {
  const topics = chat().is_forum ? [{ thread_id: null, name: '#' }, ...chat().topics] : []
  if (!topics.some(({ thread_id: id }) => id === view.topic)) view.topic = null
  byId('topics').hidden = !topics.length
  reconcile(byId('topics'), topics.map(({ thread_id: id, name, closed }) => {
    const onclick = () => { view.topic = id; drawConversation() }
    return { key: `t${id}`, version: `${name}${closed}${view.topic === id}`,
      make: () => el('button.chip', { type: 'button', onclick, 'aria-pressed': String(view.topic === id) }, closed ? `${name} 🔒` : name) }
  }))
}

const owns = (who) => chat().members.some(({ user_id: user, status }) => user === who.id && status === 'creator')

export const openTopic = () => view.topic

function drawFoot(who) {
  const fresh = store.chat === store.user && !who.started && messagesOf(store.chat).size === 0
  byId('start').hidden = !fresh || who.blocked
  byId('restart').hidden = !who.blocked
  byId('composer').hidden = fresh || who.blocked || (chat().type === 'channel' && !owns(who)) // readers only read
}

function drawLog(who) {
  const zone = zoneOf(who)
  const shown = `${store.user}:${store.chat}:${view.topic}`
  const switched = shown !== view.shown
  const list = [...messagesOf(store.chat).values()].filter((message) => view.topic === null || message.thread_id === view.topic)
  const log = byId('log')
  if (switched) Object.assign(view, { shown, atEnd: true, missed: 0, newest: list.at(-1)?.message_id ?? 0 })
  log.classList.toggle('switching', switched)
  log.setAttribute('aria-busy', String(switched)) // a chat that is opened is not read aloud from its beginning
  if (switched) log.replaceChildren()
  reconcile(log, timeline(list, zone, actions))
  const fresh = list.filter((message) => message.message_id > view.newest)
  view.newest = Math.max(view.newest, ...fresh.map((message) => message.message_id))
  settle(fresh)
}

/** At the end stay there, but show a long message from its beginning; elsewhere only count what came. */
function settle(fresh) {
  const scroll = byId('scroll')
  if (!view.atEnd) {
    view.missed += fresh.filter((message) => message.from_id !== store.user).length
    return drawToEnd()
  }
  toEnd()
  const first = fresh.find((message) => message.from_id !== store.user)
  const node = first && byId('log').querySelector(`[data-message-id="${first.message_id}"]`)
  if (node && node.offsetTop - 12 < scroll.scrollTop) scroll.scrollTop = node.offsetTop - 44
  return drawToEnd()
}

function toEnd() {
  const scroll = byId('scroll')
  scroll.scrollTop = scroll.scrollHeight
}

function drawToEnd() {
  const button = byId('to-end')
  button.hidden = view.atEnd
  button.dataset.count = view.missed || ''
}
