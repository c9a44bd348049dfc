/** Builds the bubble of a message: name, reply, text, document, location, buttons, time. */

import { el, icon, iconButton } from './dom.js'
import { render, setFolded } from './entities.js'
import { keyboard } from './keys.js'
import { linkPreview, media, originOf, summaryOf } from './media.js'
import { whenReleased } from './menu.js'
import { richMessage } from './rich.js'
import { languageOf } from './languages.js'
import { textOf } from './rich_text.js'
import { timeOfDay } from './time.js'
import { now } from './store.js'
import { t } from './i18n.js'

const HUES = 8

/**
 * `context`: {mine, reader, zone, locale, first, last, album, named, replyTo}; `actions`: handlers of links, commands, buttons and the menu.
 * `old` is the node this one replaces; quotes, details and spoilers that are open in it stay open.
 */
export function bubble(message, context, actions, old) {
  const side = context.mine ? 'mine' : 'theirs'
  const shape = [context.first && 'first', context.last && 'last'].filter(Boolean)
  const node = el(`article.${['message', side, ...shape].join('.')}`, {
    tabindex: -1,
    lang: languageOf(textOf(message, context.reader), context.reader),
    'data-testid': `message-${message.message_id}`,
    'data-message-id': message.message_id,
    'data-from': context.mine ? 'me' : message.from_bot ? 'bot' : 'person',
  })
  const box = el('div.bubble', {}, ...parts(message, context, actions))
  node.append(box, keyboard(message, actions) ?? '', options(message, actions))
  node.addEventListener('contextmenu', (event) => {
    if (event.target.closest('a') || !getSelection().isCollapsed) return
    event.preventDefault()
    const at = { x: event.clientX, y: event.clientY }
    whenReleased(event, () => actions.menu(message, at))
  })
  box.addEventListener('dblclick', (event) => event.target.closest('.text, a, button') || actions.reply(message))
  if (old) keepOpened(old, node)
  return node
}

function parts(message, context, actions) {
  const author = context.named && el(`p.name.hue-${hue(message.from_id)}`, {}, message.from_name)
  const text = message.text && el('div.text', { dir: 'auto' }, render(message.text, message.entities, { ...actions, ...context, now, reveal }))
  const preview = linkPreview(message)
  const isAbove = message.link_preview?.show_above_text
  if (text && (!preview || isAbove)) {
    const endsWithBlock = text.lastChild.matches?.('pre, blockquote') // nothing fits beside a block; the time goes below it
    text.append(timeSpacer(message, context))
    text.lastChild.classList.toggle('below', Boolean(endsWithBlock))
  }
  const origin = originOf(message) && el('p.origin', { 'data-testid': 'origin' }, t('forwardedFrom', { name: originOf(message) }))
  const ephemeral = message.receiver_user_id && el('p.origin', { 'data-testid': 'ephemeral' }, t('onlyYou'))
  return [author, origin, ephemeral, context.replyTo && quoted(context, actions), media(context.album), message.document && file(message.document),
    message.location && locationLink(message.location, message.venue), richBody(message, context, actions), isAbove && preview,
    text || timeSpacer(message, context), !isAbove && preview, meta(message, context)]
}

/** Return the blocks of a rich message, or the hint that an app shows which is too old for them. */
function richBody(message, { reader, zone, locale }, actions) {
  if (!message.rich_message) return null
  if (reader?.old_app) return el('div.text.old-app', { 'data-testid': 'old-app' }, t('unsupported'))
  return richMessage({ message, actions: { ...actions, reveal }, zone, locale })
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

function quoted({ replyTo: original, reader }, actions) {
  const text = summaryOf(original, reader)
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

function locationLink({ latitude, longitude }, venue) {
  const [lat, lon] = [latitude.toFixed(4), longitude.toFixed(4)]
  const href = `https://www.openstreetmap.org/?mlat=${lat}&mlon=${lon}#map=11/${lat}/${lon}`
  return el('a.file.place', { href, target: '_blank', rel: 'noopener noreferrer', 'data-testid': 'location' },
    el('span.badge', {}, icon('pin')), el('span.file-name', {}, el('strong', {}, venue ? venue.title : t('location')),
      el('span', {}, venue ? venue.address : `${lat}, ${lon}`)))
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
  keepDetails(old, node)
  // Its height can only be measured in the page; the observer leaves open quotes alone.
  if (openBefore.length === quotes.length) queueMicrotask(() => quotes.forEach((quote, at) => openBefore[at] && setFolded(quote, false)))
}

/** Keep what is open and how far it is scrolled, unless the edit changed how many there are. */
function keepDetails(old, node) {
  const pairs = (selector) => {
    const [before, after] = [old, node].map((side) => [...side.querySelectorAll(selector)])
    return before.length === after.length ? before.map((one, at) => [one, after[at]]) : []
  }
  for (const [before, after] of pairs('details')) after.open = before.open
  for (const [before, after] of pairs('.covered')) after.classList.toggle('shown', before.classList.contains('shown'))
  const scrolled = pairs('.wide').map(([before, after]) => [after, before.scrollLeft])
  queueMicrotask(() => scrolled.forEach(([box, left]) => { box.scrollLeft = left }))
}

export const hue = (id) => (Math.abs(Math.imul(id, 17)) >> 4) % HUES
