/** Message composer: text, edits, replies, the command menu, inline queries, files and locations. */

import { editText, sendMessage, sendText, sendFile } from './actions.js'
import { get, post } from './api.js'
import { openTopic } from './conversation.js'
import { el, icon, iconButton, reconcile } from './dom.js'
import { samplePhotos, samplePoll, sampleSticker, sampleVoice, summaryOf } from './media.js'
import { openMenu } from './menu.js'
import { readStyles } from './typed_styles.js'
import { messagesOf, onEvent, store } from './store.js'
import { attempt } from './toast.js'
import { language, t } from './i18n.js'

const QUERY_DELAY_MS = 250
const LOCATIONS = [
  ['上海', 'Shanghai', 31.2304, 121.4737], ['乌鲁木齐', 'Ürümqi', 43.8256, 87.6168], ['东京', 'Tokyo', 35.6762, 139.6503],
  ['伦敦', 'London', 51.5074, -0.1278], ['柏林', 'Berlin', 52.52, 13.405], ['纽约', 'New York', 40.7128, -74.006],
  ['奥克兰', 'Auckland', -36.8485, 174.7633],
  ['里斯本国家图书馆', 'National Library, Lisbon', 38.7514, -9.1527, { title: 'Biblioteca Nacional de Portugal', address: 'Campo Grande 83, Lisboa' }],
]
const byId = (id) => document.getElementById(id)

const drafts = new Map() // "user:chat" -> text
const state = { conversation: '', reply: null, edit: null, commands: [], commandsKey: '', query: null, inlineAnswer: null, results: [], chosen: -1, closed: false }

export function setUpComposer() {
  const text = byId('text')
  byId('composer').addEventListener('submit', (event) => { event.preventDefault(); submit() })
  text.addEventListener('input', () => { state.closed = false; onText() })
  text.addEventListener('keydown', onKey)
  byId('commands-button').addEventListener('click', () => {
    if (text.value !== '/') replaceText('/')
    else replaceText('')
    text.focus()
  })
  byId('attach').addEventListener('click', (event) => openMenu(above(event.currentTarget, 6), [
    { label: t('attachFile'), icon: 'file', run: () => byId('file').click(), testid: 'attach-file' },
    { label: t('photo'), icon: 'picture', run: () => sendSample(samplePhotos(1)), testid: 'attach-photo' },
    { label: t('album'), icon: 'pictures', run: () => sendSample(samplePhotos(3)), testid: 'attach-album' },
    { label: t('voice'), icon: 'microphone', run: () => sendSample(sampleVoice()), testid: 'attach-voice' },
    { label: t('aSticker'), icon: 'sticker', run: () => sendSample(sampleSticker()), testid: 'attach-sticker' },
    { label: t('poll'), icon: 'poll', run: () => sendSample(samplePoll()), testid: 'attach-poll' },
    { label: t('location'), icon: 'pin', run: chooseLocation, testid: 'attach-location' },
  ]))
  byId('file').addEventListener('change', () => sendChosen(byId('file').files))
  text.addEventListener('paste', (event) => event.clipboardData.files.length && sendChosen(event.clipboardData.files))
  onEvent('inline_answer', (answer) => {
    state.inlineAnswer = answer
    showInlineResults()
  })
}

/** Show the results. The bot may answer before the query's id is known here, so both events call this. */
function showInlineResults() {
  if (!state.query || state.inlineAnswer?.inline_query_id !== state.query) return
  const { results } = state.inlineAnswer
  Object.assign(state, { results, chosen: results.length ? 0 : -1 })
  drawSuggestions()
}

const above = (node, entries) => ({ x: node.getBoundingClientRect().left, y: node.getBoundingClientRect().top - 48 * (entries + 1) })

/** Show the open chat's draft, commands and reply keyboard. */
export function drawComposer() {
  const conversation = `${store.userId}:${store.chatId}`
  if (conversation !== state.conversation) {
    drafts.set(state.conversation, byId('text').value)
    Object.assign(state, { conversation, reply: null, edit: null, results: [], query: null })
    replaceText(drafts.get(conversation) || '')
  }
  const commandsKey = `${conversation}:${store.commandsVersion}:${store.users.get(store.userId)?.language_code}`
  if (store.userId !== null && commandsKey !== state.commandsKey) loadCommands(commandsKey)
  drawContext()
  drawReplyKeyboard()
}

async function loadCommands(commandsKey) {
  state.commandsKey = commandsKey
  const answer = await get(`commands?chat_id=${store.chatId}&user_id=${store.userId}`).catch(() => ({ commands: [] }))
  if (state.commandsKey !== commandsKey) return
  state.commands = answer.commands
  drawSuggestions()
}

export function beginReply(message) {
  Object.assign(state, { reply: message, edit: null })
  drawContext()
  byId('text').focus()
}

export function beginEdit(message) {
  Object.assign(state, { reply: null, edit: message })
  replaceText(message.text)
  drawContext()
  byId('text').focus()
}

export function insertQuery(query) {
  replaceText(`@${store.bot.username} ${query}`)
  byId('text').focus()
}

/** Put a text into a chat's composer, to be sent or changed. */
export function draft(chatId, text) {
  drafts.set(`${chatId}:${chatId}`, text)
}

function replaceText(text) {
  byId('text').value = text
  state.closed = false
  onText()
}

function drawContext() {
  const { reply, edit } = state
  const about = edit || reply
  byId('context').hidden = !about
  const words = about && summaryOf(about, store.users.get(store.userId))
  const title = edit ? t('editing') : reply && t('replyingTo', { name: reply.from_name })
  const close = () => iconButton('close', t('cancel'), { onclick: leaveContext, 'data-testid': 'context-close' })
  const make = () => el('div.about', {}, icon(edit ? 'edit' : 'reply'), el('p', {}, el('strong', {}, title), el('span', {}, words)), close())
  reconcile(byId('context'), about ? [{ key: 'about', version: `${title}${words}`, make }] : [])
}

function leaveContext() {
  if (state.edit) replaceText('')
  Object.assign(state, { reply: null, edit: null })
  drawContext()
  byId('text').focus()
}

async function submit() {
  const text = byId('text').value.trim()
  if (!text) return
  const { reply, edit } = state
  Object.assign(state, { reply: null, edit: null })
  drawContext()
  const message = { ...readStyles(text), reply_to_message_id: reply?.message_id ?? null, thread_id: openTopic() }
  if (!(await sendTyped(text, () => (edit ? editText(edit, text) : sendMessage(message))))) return
  Object.assign(state, { reply, edit })
  drawContext()
}

/** Empty the composer while what was typed is sent. If that failed, keep the text; true if it is in the composer again. */
async function sendTyped(text, send) {
  const { conversation } = state
  replaceText('')
  if (await send()) return false
  const isOpen = conversation === state.conversation
  if (!isOpen) drafts.set(conversation, text)
  else if (!byId('text').value) replaceText(text)
  return isOpen && byId('text').value === text
}

/** Send a sample; the composer's text is its caption. */
async function sendSample(sample) {
  const caption = sample.media ? byId('text').value.trim() : ''
  const read = caption ? readStyles(caption) : null
  const more = { thread_id: openTopic(), ...(read && { caption: read.text, caption_entities: read.entities }) }
  if (await sendMessage({ ...sample, ...more }) && caption) replaceText('')
}

async function sendChosen([file]) {
  if (!file) return
  const done = await sendFile(file, { caption: byId('text').value.trim(), replyTo: state.reply?.message_id })
  byId('file').value = ''
  if (!done) return
  replaceText('')
  leaveContext()
}

function chooseLocation() {
  openMenu(above(byId('attach'), LOCATIONS.length), LOCATIONS.map(([zh, en, latitude, longitude, venue]) => (
    { label: language() === 'zh' ? zh : en, icon: 'pin', run: () => sendMessage({ location: { latitude, longitude }, venue }), testid: `location-${en}` })))
}

function onKey(event) {
  const list = suggestions()
  const open = list.length > 0
  if (event.isComposing) return // Enter confirms an input method's candidate
  if (open && (event.key === 'ArrowDown' || event.key === 'ArrowUp')) {
    state.chosen = (state.chosen + (event.key === 'ArrowDown' ? 1 : -1) + list.length) % list.length
    drawSuggestions()
  } else if (open && (event.key === 'Tab' || event.key === 'Enter') && !event.shiftKey && state.chosen >= 0) {
    if (event.key === 'Enter') list[state.chosen].run()
    else list[state.chosen].complete()
  } else if (event.key === 'Enter' && !event.shiftKey) {
    submit()
  } else if (event.key === 'Escape' && (open || state.reply || state.edit)) {
    if (open) state.closed = true
    else leaveContext()
    drawSuggestions()
  } else if (event.key === 'ArrowUp' && !byId('text').value) {
    byId('log').querySelector('.message:last-of-type')?.focus()
  } else {
    return
  }
  event.preventDefault()
}

function onText() {
  const text = byId('text')
  text.style.height = 'auto'
  if (text.scrollHeight) text.style.height = `${text.scrollHeight}px` // 0 while the composer is hidden
  byId('composer').classList.toggle('filled', text.value.trim() !== '')
  state.results = []
  scheduleInlineQuery(text.value)
  const exact = suggestions().findIndex(({ name }) => name === text.value)
  state.chosen = text.value.length > 1 ? Math.max(exact, 0) : -1
  drawSuggestions()
}

let queryTimer
function scheduleInlineQuery(text) {
  clearTimeout(queryTimer)
  state.query = null
  const start = `@${store.bot.username} `
  if (!store.bot.username || !text.toLowerCase().startsWith(start.toLowerCase())) return
  queryTimer = setTimeout(() => attempt(async () => {
    state.query = (await post('inline-queries', { user_id: store.userId, query: text.slice(start.length) })).inline_query_id
    showInlineResults()
  }), QUERY_DELAY_MS)
}

/** Current suggestions: {name, about, run (choose it), complete (only insert it)}. */
function suggestions() {
  const typed = byId('text').value
  if (state.closed) return []
  if (state.results.length) return state.results.map(inlineSuggestion)
  if (!/^\/\w*$/.test(typed)) return []
  return state.commands.filter(({ command }) => `/${command}`.startsWith(typed.toLowerCase())).map(({ command, description }) => {
    const complete = () => { replaceText(`/${command} `); byId('text').focus() }
    return { name: `/${command}`, about: description, complete, run: () => sendTyped(typed, () => sendText(`/${command}`)) }
  })
}

function inlineSuggestion({ title, description, input_message_content: content }) {
  const run = () => sendTyped(byId('text').value, async () => (
    !content || sendMessage({ text: content.message_text, entities: content.entities || [], via_bot: true })))
  return { name: title || content?.message_text || '', about: description || '', run, complete: run }
}

function drawSuggestions() {
  const list = suggestions()
  const box = byId('suggestions')
  const empty = byId('text').value === '/' && !state.closed && !state.commands.length
  box.hidden = !list.length && !empty
  box.replaceChildren(...list.map(({ name, about, run }, at) => el('button.suggestion', {
    type: 'button', role: 'option', id: `suggestion-${at}`, tabindex: -1, 'aria-selected': String(at === state.chosen),
    onclick: run, 'data-testid': `suggestion-${name}`,
  }, el('strong', {}, name), el('span', {}, about))), empty ? el('p.none', {}, t('noCommands')) : '')
  byId('text').setAttribute('aria-activedescendant', state.chosen >= 0 && list.length ? `suggestion-${state.chosen}` : '')
  box.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'nearest' })
}

/** The newest message that set or removed a reply keyboard decides. */
function drawReplyKeyboard() {
  const markups = [...messagesOf(store.chatId).values()].map((message) => message.reply_markup)
  const rows = markups.filter((markup) => markup?.keyboard || markup?.remove_keyboard).at(-1)?.keyboard || []
  const drawn = (row) => () => el('div.keys', {}, row.map(replyKey))
  byId('reply-keyboard').hidden = !rows.length
  reconcile(byId('reply-keyboard'), rows.map((row, at) => ({ key: `r${at}`, version: JSON.stringify(row), make: drawn(row) })))
}

function replyKey(button) {
  const { text, request_location: asksLocation } = typeof button === 'string' ? { text: button } : button
  return el('button.key', { type: 'button', 'data-testid': 'reply-key', onclick: () => (asksLocation ? chooseLocation() : sendText(text)) }, text)
}
