/** The open chat: title bar, topics, messages with dates and notices, and the footer. */

import { copy, followLink, forward, markRead, restart, sendText } from './actions.js'
import { beginEdit, beginReply, insertQuery } from './composer.js'
import { el, reconcile } from './dom.js'
import { openMenu } from './menu.js'
import { avatar } from './chat_list.js'
import { isPhone, zoneOf } from './preferences.js'
import { press } from './callback_queries.js'
import { currentChat, messagesOf, onEvent, currentUser, sees, store } from './store.js'
import { timeline } from './timeline.js'
import { t } from './i18n.js'

const NEAR_END_PX = 60
const byId = (id) => document.getElementById(id)

const view = { shown: '', newest: 0, atEnd: true, topic: null, missed: 0 }
const actions = {
  copy, follow: followLink, send: sendText, reply: beginReply,
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
    else if ('callback_data' in button) press(store.userId, message, button)
  },
  menu(message, at) {
    const entries = [{ label: t('reply'), icon: 'reply', run: () => beginReply(message), testid: 'menu-reply' }]
    if (message.text) entries.push({ label: t('copy'), icon: 'copy', run: () => copy(message.text), testid: 'menu-copy' })
    const mine = message.text && message.from_id === store.userId
    if (!message.service) entries.push({ label: t('forward'), icon: 'forward', run: () => forward(message), testid: 'menu-forward' })
    if (mine) entries.push({ label: t('edit'), icon: 'edit', run: () => beginEdit(message), testid: 'menu-edit' })
    openMenu(at, entries)
  },
}

export function setUpConversation() {
  const scroll = byId('scroll')
  scroll.addEventListener('scroll', () => {
    view.atEnd = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < NEAR_END_PX
    if (view.atEnd) view.missed = 0
    drawToEnd()
  })
  new ResizeObserver(() => view.atEnd && toEnd()).observe(scroll)
  byId('to-end').addEventListener('click', toEnd)
  byId('start').addEventListener('click', () => sendText('/start'))
  byId('restart').addEventListener('click', restart)
  byId('log').addEventListener('keydown', walkMessages)
  document.addEventListener('visibilitychange', markRead)
  const isOwn = ({ from_id: author, receiver_user_id: receiver }) => [author, receiver].includes(store.userId)
  onEvent('message', (message) => { if (message.chat_id === store.chatId && isOwn(message)) view.atEnd = true })
}

/** Focus the newest message, from where the arrow keys lead on; in an empty chat, what begins it. */
export function focusConversation() {
  const start = [byId('start'), byId('restart')].find((button) => !button.hidden)
  const target = [...byId('log').querySelectorAll('.message')].at(-1) ?? start ?? byId('text')
  target.focus()
}

/** Move the focus between messages with the arrow keys; Enter opens the message's menu. */
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
    const message = messagesOf(store.chatId).get(Number(at.dataset.messageId))
    if (message) actions.menu(message, { x: left + 24, y: Math.max(top, 60) + 24 })
  }
}

export function drawConversation() {
  const user = currentUser()
  byId('device').hidden = !user
  byId('nobody').hidden = Boolean(user) || !store.ready
  if (!user) return
  drawBar(user)
  drawTopics()
  drawFoot(user)
  drawLog(user)
  markRead()
}

function drawBar(user) {
  const group = store.chatId === store.userId ? null : currentChat()
  const typing = store.typing.get(store.chatId)
  const actionText = typing && t(typing.action.startsWith('upload') ? 'sendingFile' : 'typing')
  const face = () => (group ? avatar(group) : el('img.avatar', { src: 'sunrise.svg', alt: '' }))
  reconcile(byId('chat-avatar'), [{ key: 'face', version: `${group?.id} ${group?.title}`, make: face }])
  byId('chat-title').textContent = group?.title || store.bot.first_name
  const connectionText = store.online ? store.waitingForBot && t('waitingForBot') : t('offline')
  byId('chat-status').textContent = connectionText || actionText || t(owns(user) ? 'youOwn' : 'you', { name: user.first_name })
  byId('chat-status').classList.toggle('busy', Boolean(connectionText || actionText))
  byId('typing').hidden = !actionText
  const dots = () => el('span', {}, el('span.dots', { 'aria-hidden': 'true' }, el('i'), el('i'), el('i')), el('span.aloud', {}, actionText))
  reconcile(byId('typing'), actionText ? [{ key: 'dots', version: actionText, make: dots }] : [])
  byId('device').classList.toggle('phone', isPhone(user))
  byId('scroll').lang = user.language_code || ''
}

function drawTopics() {
  const topics = currentChat().is_forum ? [{ thread_id: null, name: '#' }, ...currentChat().topics] : []
  if (!topics.some(({ thread_id: id }) => id === view.topic)) view.topic = null
  byId('topics').hidden = !topics.length
  reconcile(byId('topics'), topics.map(({ thread_id: id, name, closed }) => {
    const onclick = () => { view.topic = id; drawConversation() }
    return { key: `t${id}`, version: `${name}${closed}${view.topic === id}`,
      make: () => el('button.chip', { type: 'button', onclick, 'aria-pressed': String(view.topic === id) }, closed ? `${name} 🔒` : name) }
  }))
}

const owns = (user) => currentChat().members.some(({ user_id: id, status }) => id === user.id && status === 'creator')

export const openTopic = () => view.topic

function drawFoot(user) {
  const fresh = store.chatId === store.userId && !user.started && messagesOf(store.chatId).size === 0
  byId('start').hidden = !fresh || user.blocked
  byId('restart').hidden = !user.blocked
  byId('composer').hidden = fresh || user.blocked || (currentChat().type === 'channel' && !owns(user)) // only the owner writes in a channel
}

function drawLog(user) {
  const zone = zoneOf(user)
  const shown = `${store.userId}:${store.chatId}:${view.topic}`
  const switched = shown !== view.shown
  const isInTopic = ({ thread_id: topic }) => view.topic === null || topic === view.topic
  const list = [...messagesOf(store.chatId).values()].filter((message) => isInTopic(message) && sees(store.userId, message))
  const log = byId('log')
  if (switched) Object.assign(view, { shown, atEnd: true, missed: 0, newest: list.at(-1)?.message_id ?? 0 })
  log.classList.toggle('switching', switched)
  log.setAttribute('aria-busy', String(switched)) // screen readers must not read an opened chat from its beginning
  if (switched) log.replaceChildren()
  reconcile(log, timeline(list, zone, actions))
  const fresh = list.filter((message) => message.message_id > view.newest)
  view.newest = Math.max(view.newest, ...fresh.map((message) => message.message_id))
  settle(fresh)
}

/** Follow new messages at the end, showing a long one from its beginning; elsewhere only count them. */
function settle(fresh) {
  const scroll = byId('scroll')
  if (!view.atEnd) {
    view.missed += fresh.filter((message) => message.from_id !== store.userId).length
    return drawToEnd()
  }
  toEnd()
  const first = fresh.find((message) => message.from_id !== store.userId)
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
