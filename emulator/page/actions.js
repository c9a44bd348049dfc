/** Actions of the current user in the open chat, as requests to the control API. */

import { post } from './api.js'
import { currentUser, select, store } from './store.js'
import { attempt, toast } from './toast.js'
import { t } from './i18n.js'

const PAYLOAD = /^[\w-]{1,64}$/ // apps ignore any other /start payload

/** Send a message to the open chat: one of text, document, location, media, poll, with what belongs to it. */
export function sendMessage(message) {
  return attempt(() => post('messages', { user_id: store.userId, chat_id: store.chatId, ...message }))
}

export const sendText = (text) => sendMessage({ text })

/** Forward a message to the bot, in the current user's private chat with it. */
export function forward({ chat_id: chatId, message_id: messageId }) {
  return attempt(async () => {
    await post('messages', { user_id: store.userId, forward: { chat_id: chatId, message_id: messageId } })
    select(store.userId, store.userId)
  })
}

export function editText(message, text) {
  return attempt(() => post('messages/edit', { user_id: store.userId, chat_id: message.chat_id, message_id: message.message_id, text }))
}

export async function sendFile(file, { caption, replyTo }) {
  const bytes = new Uint8Array(await file.arrayBuffer())
  let binary = ''
  for (const byte of bytes) binary += String.fromCharCode(byte)
  const document = { file_name: file.name, mime_type: file.type || 'application/octet-stream', base64: btoa(binary) }
  return sendMessage({ document, caption: caption || null, reply_to_message_id: replyTo ?? null })
}

/** Change the current user: {blocked}, {old_app} or {refuses_rich}. */
export function changeUser(changes) {
  return attempt(() => post(`users/${store.userId}`, changes))
}

/** Unblock the bot and send /start, which is one button in Telegram. */
export async function restart() {
  if (currentUser().blocked && !(await changeUser({ blocked: false }))) return
  await sendText('/start')
}

export async function copy(text) {
  await navigator.clipboard.writeText(text)
  toast(t('copied'))
}

/** Handle a click on a link: a link to this bot starts it in the private chat, others open in a new tab. */
export function followLink(event, url) {
  const payload = startPayload(url)
  if (payload === null) return
  event.preventDefault()
  start(payload)
}

function start(payload) {
  select(store.userId, store.userId)
  sendText(`/start ${payload}`.trim())
}

export function openLink(url) {
  const payload = startPayload(url)
  if (payload === null) toast(url, url)
  else start(payload)
}

function startPayload(url) {
  const link = new URL(url, location.href)
  const name = store.bot.username?.toLowerCase()
  const web = /^(t|telegram)\.me$/.test(link.hostname) && link.pathname.slice(1).toLowerCase() === name
  const direct = link.protocol === 'tg:' && link.searchParams.get('domain')?.toLowerCase() === name
  if ((!web && !direct) || ['startgroup', 'startchannel'].some((way) => link.searchParams.has(way))) return null
  const payload = link.searchParams.get('start') ?? ''
  return PAYLOAD.test(payload) ? payload : ''
}

export function markRead() {
  if (document.hidden || !store.chats.get(store.chatId)?.unread?.[store.userId]) return
  store.chats.get(store.chatId).unread[store.userId] = 0
  post('read', { user_id: store.userId, chat_id: store.chatId }).catch(() => {}) // the next event corrects the count
}
