/** State and events of the emulator -> what this page knows. Everything shown is drawn from here; listeners are told once for many changes. */

const KEPT = 400 // messages of a chat
const NOTICES = 60
const TYPING_MS = 5000

export const store = {
  ready: false,
  online: false,
  bot: { id: 0, first_name: '', username: '' },
  people: new Map(),
  chats: new Map(),
  messages: new Map(), // chat id -> Map(message id -> Message), oldest first
  notices: [], // what the page itself notes down between messages: {id, chat, after, key, values}
  typing: new Map(), // chat id -> {action, timer}
  faults: [],
  limits: { enabled: false },
  clockGap: 0, // the simulated clock minus performance.now(), in ms
  clockOffset: 0, // the simulated clock minus the real one, in s
  clockStart: 0, // the same where the story begins; 0 is real time
  commandsVersion: 0,
  botIsLate: false, // it has not fetched what was said a while ago
  user: null, // id of the person this page is being now
  chat: null, // id of the chat that is open
}

const listeners = []
const reactions = {}
let waiting = null
let noticeId = 0

/** `listener()` is called soon after every change. */
export function onChange(listener) {
  listeners.push(listener)
}

/** `reaction(data)` is called at once for every event of that name, after the store took it in. */
export function onEvent(name, reaction) {
  (reactions[name] ||= []).push(reaction)
}

export function changed() {
  // A timer, not a frame: a hidden tab draws no frames, but is to stay up to date.
  waiting ||= setTimeout(() => {
    waiting = null
    for (const listener of listeners) listener()
  }, 12)
}

export const now = () => store.clockGap + performance.now()
export const person = () => store.people.get(store.user)
export const chat = () => store.chats.get(store.chat) || (store.people.has(store.chat) ? privateChat(store.chat) : undefined)
export const messagesOf = (chatId) => store.messages.get(chatId) || new Map()
export const lastMessage = (chatId) => [...messagesOf(chatId).values()].at(-1)

const privateChat = (id) => ({ id, type: 'private', title: null, members: [], topics: [], unread: {} })

/** Every (person, chat) pair there is, newest message first; people who never wrote come last. */
export function conversations() {
  const pairs = [...store.people.values()].map((who) => ({ user: who.id, chat: who.id }))
  for (const group of store.chats.values()) {
    if (group.type === 'private' || group.deleted || group.migrated_to) continue
    for (const { user_id: user, status } of group.members) {
      if (store.people.has(user) && !['left', 'kicked'].includes(status)) pairs.push({ user, chat: group.id })
    }
  }
  return pairs
}

export function select(user, chatId) {
  store.user = user
  store.chat = chatId
  history.replaceState(null, '', `#${user}${user === chatId ? '' : `/${chatId}`}`)
  changed()
}

/** The page's address says who one is: #1001 with the bot, #1001/-5001 in a group. */
function selectFromAddress() {
  const [user, chatId = user] = location.hash.slice(1).split('/').map(Number)
  if (store.people.has(user) && (user === chatId || store.chats.has(chatId))) select(user, chatId)
}

export function loadState(state) {
  const byId = (list) => new Map(list.map((one) => [one.id, one]))
  store.bot = state.bot
  store.people = byId(state.users)
  store.chats = byId(state.chats)
  store.messages = new Map(Object.entries(state.messages).map(([id, list]) => [Number(id), new Map(list.map((m) => [m.message_id, m]))]))
  store.notices = store.notices.filter(({ chat: id, after }) => messagesOf(id).has(after))
  store.faults = state.faults
  store.limits = state.limits
  store.commandsVersion += 1
  setClock(state.clock)
  if (store.user === null) selectFromAddress()
  if (!store.people.has(store.user) || !chat()) {
    const first = state.users[0]?.id ?? null
    Object.assign(store, { user: first, chat: first })
  }
  store.ready = true
  changed()
}

export function setOnline(online) {
  store.online = online
  changed()
}

/** Note something between the messages of a chat; of notes with the same key only the newest stays at a place. */
function note(chatId, key, values = {}) {
  const after = lastMessage(chatId)?.message_id
  if (after === undefined) return
  const same = (other) => other.chat === chatId && other.after === after && other.key === key
  store.notices = [...store.notices.filter((other) => !same(other)), { id: ++noticeId, chat: chatId, after, key, values }].slice(-NOTICES)
}

const APPLY = {
  user(data) {
    const before = store.people.get(data.id)
    store.people.set(data.id, data)
    if (before && before.blocked !== data.blocked) note(data.id, data.blocked ? 'blockedLine' : 'unblockedLine', { name: data.first_name })
    if (store.user === null) select(data.id, data.id)
  },
  chat(data) {
    store.chats.set(data.id, data)
    if (data.migrated_to && store.chat === data.id) store.chat = data.migrated_to
  },
  message(data) {
    if (!store.messages.has(data.chat_id)) store.messages.set(data.chat_id, new Map())
    const list = store.messages.get(data.chat_id)
    list.set(data.message_id, data)
    if (list.size > KEPT) list.delete(list.keys().next().value)
    if (data.from_bot) endTyping(data.chat_id)
  },
  edit(data) {
    const list = store.messages.get(data.chat_id)
    if (list?.has(data.message_id)) list.set(data.message_id, data)
  },
  delete({ chat_id: id, message_ids: gone }) {
    for (const messageId of gone) store.messages.get(id)?.delete(messageId)
  },
  chat_action({ chat_id: id, action }) {
    endTyping(id)
    const timer = setTimeout(() => { endTyping(id); changed() }, TYPING_MS)
    store.typing.set(id, { action, timer })
  },
  unread({ chat_id: id, user_id: user, unread }) {
    const known = store.chats.get(id) || privateChat(id) // a private chat begins without an event of its own
    store.chats.set(id, { ...known, unread: { ...known.unread, [user]: unread } })
  },
  clock(data) {
    setClock(data)
    if (store.chat !== null) note(store.chat, 'clockLine', { at: now() })
  },
  commands() {
    store.commandsVersion += 1
  },
  faults({ faults }) {
    store.faults = faults
  },
  fault_fired({ kind, method, chat_id: id }) {
    if (id) note(id, 'faultLine', { kind, method })
  },
  limits(data) {
    store.limits = data
  },
}

export function applyEvent(name, data) {
  APPLY[name]?.(data)
  for (const reaction of reactions[name] || []) reaction(data)
  changed()
}

function setClock({ now: iso, offset_seconds: offset, baseline_offset_seconds: start }) {
  store.clockGap = Date.parse(iso) - performance.now()
  Object.assign(store, { clockOffset: offset, clockStart: start })
}

function endTyping(id) {
  clearTimeout(store.typing.get(id)?.timer)
  store.typing.delete(id)
}
