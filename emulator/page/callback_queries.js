/** Button presses and their answers; tracks the presses that are still unanswered. */

import { post } from './api.js'
import { changed, onEvent, store } from './store.js'
import { alertDialog, attempt, toast } from './toast.js'
import { t } from './i18n.js'

const ANSWER_TIMEOUT_MS = 20_000

const unanswered = new Map() // callback query id -> {user, key}
const answeredEarly = new Set() // queries answered before the press request returned

const keyOf = (message, data) => `${message.chat_id}:${message.message_id}:${data}`

export const isWaiting = (message, data) => [...unanswered.values()].some(({ key }) => key === keyOf(message, data))

export function waitingOn(message) {
  const prefix = keyOf(message, '')
  return [...unanswered.values()].filter(({ key }) => key.startsWith(prefix)).map(({ key }) => key).join()
}

export function press(user, message, button) {
  return attempt(async () => {
    const body = { user_id: user, chat_id: message.chat_id, message_id: message.message_id, data: button.callback_data }
    const { callback_query_id: id } = await post('callback-queries', body)
    if (answeredEarly.delete(id)) return
    unanswered.set(id, { user, key: keyOf(message, button.callback_data) })
    changed()
    setTimeout(() => {
      if (!unanswered.delete(id)) return
      if (store.userId === user) toast(t('noAnswer'))
      changed()
    }, ANSWER_TIMEOUT_MS)
  })
}

/** Stop the spinner of an answered press and show the answer to the user who pressed. */
export function setUpCallbackAnswers(openLink) {
  onEvent('callback_answer', ({ callback_query_id: id, user_id: user, text, show_alert: showAlert, url }) => {
    if (!unanswered.delete(id)) answeredEarly.add(id)
    if (user !== store.userId) return
    if (url) openLink(url)
    else if (text && showAlert) alertDialog(text)
    else if (text) toast(text)
  })
}
