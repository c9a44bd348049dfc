/** Builds the bubble of a message: name, reply, text, document, location, buttons, time. */

import { el, icon, iconButton } from './dom.js'
import { render, setFolded } from './entities.js'
import { timeOfDay } from './time.js'
import { isWaiting } from './callback_queries.js'
import { t } from './i18n.js'

const HUES = 8

/**
 * `context`: {mine, zone, first, last, named, replyTo}; `actions`: handlers of links, commands, buttons and the menu.
 * `old` is the node this one replaces; quotes and spoilers that are open in it stay open.
 */
export function bubble(message, context, actions, old) {
  const side = context.mine ? 'mine' : 'theirs'
  const shape = [context.first && 'first', context.last && 'last'].filter(Boolean)
  const node = el(`article.${['message', side, ...shape].join('.')}`, {
    tabindex: -1,
    'data-testid': `message-${message.message_id}`,
    'data-message-id': message.message_id,
    'data-from': context.mine ? 'me' : message.from_bot ? 'bot' : 'person',
  })
  const box = el('div.bubble', {}, ...parts(message, context, actions))
  node.append(box, keyboard(message, context, actions) ?? '', options(message, actions))
  node.addEventListener('contextmenu', (event) => {
    if (event.target.closest('a') || !getSelection().isCollapsed) return
    event.preventDefault()
    actions.menu(message, { x: event.clientX, y: event.clientY })
  })
  box.addEventListener('dblclick', (event) => event.target.closest('.text, a, button') || actions.reply(message))
  if (old) keepOpened(old, node)
  return node
}

function parts(message, context, actions) {
  const author = context.named && el(`p.name.hue-${hue(message.from_id)}`, {}, message.from_name)
  const text = message.text && el('div.text', { dir: 'auto' }, render(message.text, message.entities, { ...actions, reveal }))
  if (text) {
    const endsWithBlock = text.lastChild.matches?.('pre, blockquote') // nothing fits beside a block; the time goes below it
    text.append(timeSpacer(message, context))
    text.lastChild.classList.toggle('below', Boolean(endsWithBlock))
  }
  return [author, context.replyTo && quoted(context.replyTo, actions), message.document && file(message.document),
    message.location && locationLink(message.location), text || timeSpacer(message, context), meta(message, context)]
}

/** Reserve space for the time at the end of the last line, so that it covers no text and needs no line of its own. */
function timeSpacer(message, { mine }) {
  const spacer = el('span.room', { 'aria-hidden': 'true' })
  spacer.style.width = `${46 + (mine ? 20 : 0) + (message.edit_date ? 44 : 0) + (message.silent ? 22 : 0)}px`
  return spacer
}

function meta(message, { mine, zone }) {
  return el('p.meta', {},
    message.silent && el('span', { role: 'img', 'aria-label': t('silent'), title: t('silent'), 'data-testid': 'silent' }, '🔕'),
    message.edit_date && el('span', { 'data-testid': 'edited' }, t('edited')),
    el('time', { datetime: new Date(message.date * 1000).toISOString() }, timeOfDay(message.date * 1000, zone)),
    mine && el('span.tick', { role: 'img', 'aria-label': t('delivered') }, icon('check')))
}

function options(message, actions) {
  const onclick = (event) => {
    const { left, bottom } = event.currentTarget.getBoundingClientRect()
    actions.menu(message, { x: left, y: bottom })
  }
  return el('div.options', {}, iconButton('reply', t('reply'), { onclick: () => actions.reply(message), 'data-testid': 'reply' }),
    iconButton('chevron', t('options'), { onclick, 'data-testid': 'options', 'aria-haspopup': 'menu' }))
}

function quoted(original, actions) {
  const text = original.text || original.document?.file_name || t('location')
  return el('button.quoted', { type: 'button', onclick: () => actions.show(original) },
    el(`strong.hue-${hue(original.from_id)}`, {}, original.from_name), el('span', {}, text.slice(0, 160)))
}

function fileSize(bytes) {
  const step = bytes < 1000 ? 0 : bytes < 1e6 ? 1 : 2
  return `${(bytes / 1000 ** step).toFixed(step && bytes < 1e4 * 1000 ** (step - 1) ? 1 : 0)} ${['B', 'kB', 'MB'][step]}`
}

function file({ file_id: id, file_name: name, mime_type: mime, file_size: size }) {
  const href = `/control/files/${encodeURIComponent(id)}`
  const picture = /^image\/(png|jpeg|gif|webp)$/.test(mime)
  return el(picture ? 'a.file.picture' : 'a.file', { href, download: name || id, title: t('download'), 'data-testid': 'document' },
    picture ? el('img', { src: href, alt: name || '', loading: 'lazy' }) : el('span.badge', {}, icon('file')),
    el('span.file-name', {}, el('strong', {}, name || id), el('span', {}, fileSize(size))))
}

function locationLink({ latitude, longitude }) {
  const [lat, lon] = [latitude.toFixed(4), longitude.toFixed(4)]
  const href = `https://www.openstreetmap.org/?mlat=${lat}&mlon=${lon}#map=11/${lat}/${lon}`
  return el('a.file.place', { href, target: '_blank', rel: 'noopener noreferrer', 'data-testid': 'location' },
    el('span.badge', {}, icon('pin')), el('span.file-name', {}, el('strong', {}, t('location')), el('span', {}, `${lat}, ${lon}`)))
}

function keyboard(message, context, actions) {
  const rows = message.reply_markup?.inline_keyboard
  if (!rows?.length) return null
  return el('div.keyboard', { 'data-testid': 'keyboard' }, rows.map((row) =>
    el('div.keys', {}, row.map((button) => key(message, button, actions)))))
}

function key(message, button, actions) {
  const url = button.url || button.web_app?.url || button.login_url?.url
  const face = { 'data-testid': 'key', title: url || null }
  if (url && /^(https?|tg):/i.test(url)) {
    const onclick = (event) => actions.follow(event, url)
    return el('a.key', { ...face, href: url, target: '_blank', rel: 'noopener noreferrer', onclick },
      el('span', {}, button.text), el('span.corner', { 'aria-hidden': 'true' }, '↗'))
  }
  const waiting = 'callback_data' in button && isWaiting(message, button.callback_data)
  const state = { type: 'button', 'aria-busy': waiting ? 'true' : null, onclick: () => actions.key(message, button) }
  return el(waiting ? 'button.key.waiting' : 'button.key', { ...face, ...state }, el('span', {}, button.text), waiting && el('span.spinner'))
}

/** Reveal all spoilers of a message, as in Telegram; false if they are already shown. */
function reveal(spoiler) {
  if (spoiler.classList.contains('shown')) return false
  for (const other of spoiler.closest('.message').querySelectorAll('.spoiler')) other.classList.add('shown')
  return true
}

function keepOpened(old, node) {
  if (old.querySelector('.spoiler.shown')) node.querySelectorAll('.spoiler').forEach((spoiler) => spoiler.classList.add('shown'))
  const openBefore = [...old.querySelectorAll('.folded')].map((quote) => quote.classList.contains('open'))
  const quotes = [...node.querySelectorAll('.folded')]
  // Its height can only be measured in the page; the observer leaves open quotes alone.
  if (openBefore.length === quotes.length) queueMicrotask(() => quotes.forEach((quote, at) => openBefore[at] && setFolded(quote, false)))
}

export const hue = (id) => (Math.abs(Math.imul(id, 17)) >> 4) % HUES
