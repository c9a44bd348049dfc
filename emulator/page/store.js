/** The page's state, loaded from the emulator and updated by its events. Listeners run once for a batch of changes. */

import { language } from './i18n.js'

const MAX_MESSAGES_PER_CHAT = 400
const MAX_NOTICES = 60
const TYPING_MS = 5000

export const store = {
  ready: false,
  online: false,
  bot: { id: 0, first_name: '', username: '' },
  users: new Map(),
  chats: new Map(),
  messages: new Map(), // chat id -> Map(message id -> Message), oldest first
  notices: [], // notices between messages: {id, chat, after, key, values}
  typing: new Map(), // chat id -> {action, timer}
  faults: [],
  limits: { enabled: false },
  clockMinusMonotonic: 0, // ms
  clockOffset: 0, // simulated minus real clock, in s
  clockBaseline: 0, // offset the reset button returns to; 0 is real time
  commandsVersion: 0,
  descriptions: {}, // what an empty chat shows of the bot, by language code
  fleet: null, // processes that somebody runs, their bots and figures; null without a fleet
  takesFiles: false, // Markdown files dropped on the page go into a folder
  waitingForBot: false, // the bot has not fetched its updates for a while
  userId: null, // current user
  chatId: null, // open chat
}

const listeners = []
const eventHandlers = { __proto__: null }
let pendingUpdate = null
let noticeId = 0

/** Call `listener()` soon after every change. */
export function onChange(listener) {
  listeners.push(listener)
}

/** Call `handler(data)` for every event of that name, after the store applied it. */
export function onEvent(name, handler) {
  (eventHandlers[name] ||= []).push(handler)
}

export function changed() {
  // A timer instead of an animation frame, because hidden tabs draw no frames.
  pendingUpdate ||= setTimeout(() => {
    pendingUpdate = null
    for (const listener of listeners) listener()
  }, 12)
}

export const now = () => store.clockMinusMonotonic + performance.now()
export const currentUser = () => store.users.get(store.userId)
export const currentChat = () => store.chats.get(store.chatId) || (store.users.has(store.chatId) ? privateChat(store.chatId) : undefined)
export const messagesOf = (chatId) => store.messages.get(chatId) || new Map()
/** An ephemeral message is seen by its receiver alone. */
export const sees = (userId, { receiver_user_id: receiver }) => receiver == null || receiver === userId
export const lastMessage = (chatId, userId = store.userId) => [...messagesOf(chatId).values()].findLast((message) => sees(userId, message))

const privateChat = (id) => ({ id, type: 'private', title: null, members: [], topics: [], unread: {} })

/** Return every pair of user and chat. */
export function conversations() {
  const pairs = [...store.users.values()].map((user) => ({ userId: user.id, chatId: user.id }))
  for (const group of store.chats.values()) {
    if (group.type === 'private' || group.deleted || group.migrated_to) continue
    for (const { user_id: user, status } of group.members) {
      if (store.users.has(user) && !['left', 'kicked'].includes(status)) pairs.push({ userId: user, chatId: group.id })
    }
  }
  return pairs
}

export function select(user, chatId) {
  store.userId = user
  store.chatId = chatId
  history.replaceState(null, '', `#${user}${user === chatId ? '' : `/${chatId}`}`)
  changed()
}

/** Select user and chat from the address: #1001 with the bot, #1001/-5001 in a group. */
function selectFromAddress() {
  const [user, chatId = user] = location.hash.slice(1).split('/').map(Number)
  if (store.users.has(user) && (user === chatId || store.chats.has(chatId))) select(user, chatId)
}

export function loadState(state) {
  const byId = (list) => new Map(list.map((item) => [item.id, item]))
  store.bot = state.bot
  store.users = byId(state.users)
  store.chats = byId(state.chats)
  store.messages = new Map(Object.entries(state.messages).map(([id, list]) => [Number(id), new Map(list.map((m) => [m.message_id, m]))]))
  store.notices = store.notices.filter(({ chat: id, after }) => messagesOf(id).has(after))
  store.faults = state.faults
  store.limits = state.limits
  store.fleet = state.fleet
  store.descriptions = state.descriptions
  store.takesFiles = state.takes_files
  store.commandsVersion += 1
  setClock(state.clock)
  if (store.userId === null) selectFromAddress()
  if (!store.users.has(store.userId) || !currentChat()) {
    const first = firstUser(state.users)?.id ?? null
    Object.assign(store, { userId: first, chatId: first })
  }
  store.ready = true
  changed()
}

/** Return the first reader who speaks the page's language, else the first one. */
function firstUser(users) {
  const speaks = ({ language_code: code }) => (code || '').toLowerCase().split('-')[0] === language()
  return users.find((user) => speaks(user) && !user.is_bot_admin) ?? users[0]
}

export function setOnline(online) {
  store.online = online
  changed()
}

/** Add a notice after the chat's newest message; one with the same key there is replaced. */
function addNotice(chatId, key, values = {}) {
  const after = lastMessage(chatId)?.message_id
  if (after === undefined) return
  const same = (other) => other.chat === chatId && other.after === after && other.key === key
  store.notices = [...store.notices.filter((other) => !same(other)), { id: ++noticeId, chat: chatId, after, key, values }].slice(-MAX_NOTICES)
}

const EVENT_APPLIERS = {
  __proto__: null,
  user(data) {
    const before = store.users.get(data.id)
    store.users.set(data.id, data)
    if (before && before.blocked !== data.blocked) addNotice(data.id, data.blocked ? 'blockedLine' : 'unblockedLine', { name: data.first_name })
    if (store.userId === null) select(data.id, data.id)
  },
  chat(data) {
    store.chats.set(data.id, data)
    if (data.migrated_to && store.chatId === data.id) store.chatId = data.migrated_to
  },
  message(data) {
    if (!store.messages.has(data.chat_id)) store.messages.set(data.chat_id, new Map())
    const list = store.messages.get(data.chat_id)
    list.set(data.message_id, data)
    if (list.size > MAX_MESSAGES_PER_CHAT) list.delete(list.keys().next().value)
    if (data.from_bot) endTyping(data.chat_id)
  },
  edit(data) {
    const list = store.messages.get(data.chat_id)
    if (list?.has(data.message_id)) list.set(data.message_id, data)
  },
  delete({ chat_id: id, message_ids: deletedIds }) {
    for (const messageId of deletedIds) store.messages.get(id)?.delete(messageId)
  },
  chat_action({ chat_id: id, action }) {
    endTyping(id)
    const timer = setTimeout(() => { endTyping(id); changed() }, TYPING_MS)
    store.typing.set(id, { action, timer })
  },
  unread({ chat_id: id, user_id: user, unread }) {
    const known = store.chats.get(id) || privateChat(id) // a private chat starts without an event
    store.chats.set(id, { ...known, unread: { ...known.unread, [user]: unread } })
  },
  clock(data) {
    setClock(data)
    if (store.chatId !== null) addNotice(store.chatId, 'clockLine', { at: now() })
  },
  descriptions({ descriptions }) {
    store.descriptions = descriptions
  },
  commands() {
    store.commandsVersion += 1
  },
  faults({ faults }) {
    store.faults = faults
  },
  fault_fired({ kind, method, chat_id: id }) {
    if (id) addNotice(id, 'faultLine', { kind, method })
  },
  fleet({ fleet }) {
    store.fleet = fleet
  },
  limits(data) {
    store.limits = data
  },
}

export function applyEvent(name, data) {
  EVENT_APPLIERS[name]?.(data)
  for (const handler of eventHandlers[name] || []) handler(data)
  changed()
}

function setClock({ now: iso, offset_seconds: offset, baseline_offset_seconds: baseline }) {
  store.clockMinusMonotonic = Date.parse(iso) - performance.now()
  Object.assign(store, { clockOffset: offset, clockBaseline: baseline })
}

function endTyping(id) {
  clearTimeout(store.typing.get(id)?.timer)
  store.typing.delete(id)
}
