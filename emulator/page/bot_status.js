/** Shows that the bot has not fetched its updates for a while. */

import { get } from './api.js'
import { changed, onEvent, store } from './store.js'

const GRACE_MS = 2000
const WAIT_SECONDS = 25 // of one request

let watching = false

export function setUpBotStatus() {
  onEvent('message', (message) => { if (!message.from_bot) watchUpdates() })
}

async function watchUpdates() {
  if (watching) return
  watching = true
  await new Promise((resolve) => setTimeout(resolve, GRACE_MS))
  let { pending } = await get('updates').catch(() => ({ pending: 0 }))
  while (pending) {
    setWaiting(true)
    pending = (await get(`updates?wait=${WAIT_SECONDS}`).catch(() => ({ pending: 0 }))).pending
  }
  setWaiting(false)
  watching = false
}

function setWaiting(isWaiting) {
  if (store.waitingForBot === isWaiting) return
  store.waitingForBot = isWaiting
  changed()
}
