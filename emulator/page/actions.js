/** What the person this page is being can do in the open chat -> requests to the emulator. */

import { post } from './api.js'
import { person, store } from './store.js'
import { attempt, toast } from './toast.js'
import { t } from './words.js'

const PAYLOAD = /^[\w-]{1,64}$/ // what a link may hand to /start; apps leave out anything else

/** Say something in the open chat; `message` may be {text, entities, document, location, caption, reply_to_message_id, thread_id}. */
export function say(message) {
  return attempt(() => post('messages', { user_id: store.user, chat_id: store.chat, ...message }))
}

export const sayText = (text) => say({ text })

export function editText(message, text) {
  return attempt(() => post('messages/edit', { user_id: store.user, chat_id: message.chat_id, message_id: message.message_id, text }))
}

export async function sendFile(file, { caption, replyTo }) {
  const bytes = new Uint8Array(await file.arrayBuffer())
  let binary = ''
  for (const byte of bytes) binary += String.fromCharCode(byte)
  const document = { file_name: file.name, mime_type: file.type || 'application/octet-stream', base64: btoa(binary) }
  return say({ document, caption: caption || null, reply_to_message_id: replyTo ?? null })
}

export function setBlocked(blocked) {
  return attempt(() => post(`users/${store.user}`, { blocked }))
}

/** Unblock and press Start again, which in Telegram is one button. */
export async function restart() {
  if (person().blocked && !(await setBlocked(false))) return
  await sayText('/start')
}

export async function copy(text) {
  await navigator.clipboard.writeText(text)
  toast(t('copied'))
}

/** Follow a link: one to our own bot is a /start with its payload, any other opens in a new tab. */
export function follow(event, url) {
  const own = startPayload(url)
  if (own === null) return
  event.preventDefault()
  sayText(`/start ${own}`.trim())
}

export function openLink(url) {
  const own = startPayload(url)
  if (own === null) toast(url, url)
  else sayText(`/start ${own}`.trim())
}

function startPayload(url) {
  const at = new URL(url, location.href)
  const name = store.bot.username?.toLowerCase()
  const web = /^(t|telegram)\.me$/.test(at.hostname) && at.pathname.slice(1).toLowerCase() === name
  const direct = at.protocol === 'tg:' && at.searchParams.get('domain')?.toLowerCase() === name
  if (!web && !direct) return null
  const payload = at.searchParams.get('start') ?? ''
  return PAYLOAD.test(payload) ? payload : ''
}

export function markRead() {
  if (document.hidden || !store.chats.get(store.chat)?.unread?.[store.user]) return
  store.chats.get(store.chat).unread[store.user] = 0
  post('read', { user_id: store.user, chat_id: store.chat }).catch(() => {}) // the next event puts the mark right
}
