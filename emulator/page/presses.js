/** A button under a message -> what it does; remembers which presses the bot has not answered yet. */

import { post } from './api.js'
import { changed, onEvent, store } from './store.js'
import { alertDialog, attempt, toast } from './toast.js'
import { t } from './words.js'

const PATIENCE_MS = 20_000

const waiting = new Map() // callback query id -> {user, key}
const early = new Set() // answers that came before the press was answered

const keyOf = (message, data) => `${message.chat_id}:${message.message_id}:${data}`

export const isWaiting = (message, data) => [...waiting.values()].some(({ key }) => key === keyOf(message, data))

export function waitingOn(message) {
  const prefix = keyOf(message, '')
  return [...waiting.values()].filter(({ key }) => key.startsWith(prefix)).map(({ key }) => key).join()
}

export function press(user, message, button) {
  return attempt(async () => {
    const body = { user_id: user, chat_id: message.chat_id, message_id: message.message_id, data: button.callback_data }
    const { callback_query_id: id } = await post('callback-queries', body)
    if (early.delete(id)) return
    waiting.set(id, { user, key: keyOf(message, button.callback_data) })
    changed()
    setTimeout(() => {
      if (!waiting.delete(id)) return
      if (store.user === user) toast(t('noAnswer'))
      changed()
    }, PATIENCE_MS)
  })
}

/** Answers of the bot stop the spinner and show their words to the one who pressed. */
export function watchAnswers(openLink) {
  onEvent('callback_answer', ({ callback_query_id: id, user_id: user, text, show_alert: loud, url }) => {
    if (!waiting.delete(id)) early.add(id)
    if (user !== store.user) return
    if (url) openLink(url)
    else if (text && loud) alertDialog(text)
    else if (text) toast(text)
  })
}
