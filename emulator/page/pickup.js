/** Something was said -> whether the bot is slow to fetch it, so that nobody wonders at the silence of a bot that is not there. */

import { get } from './api.js'
import { changed, onEvent, store } from './store.js'

const QUICK_MS = 2000
const HELD_S = 25 // one request waits so long for the bot

let watching = false

export function setUpPickup() {
  onEvent('message', (message) => { if (!message.from_bot) watch() })
}

async function watch() {
  if (watching) return
  watching = true
  await new Promise((resolve) => setTimeout(resolve, QUICK_MS))
  let { pending } = await get('updates').catch(() => ({ pending: 0 }))
  while (pending) {
    show(true)
    pending = (await get(`updates?wait=${HELD_S}`).catch(() => ({ pending: 0 }))).pending
  }
  show(false)
  watching = false
}

function show(late) {
  if (store.botIsLate === late) return
  store.botIsLate = late
  changed()
}
