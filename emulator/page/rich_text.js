/** Draws the RichText of a rich message: a string, an array, or an object with a type. Strings only become text nodes. */

import { el } from './dom.js'
import { dateElement, link, spoiler } from './entities.js'
import { key } from './keys.js'
import { now } from './store.js'
import { t } from './i18n.js'

const TAGS = {
  __proto__: null,
  bold: 'b', italic: 'i', underline: 'u', strikethrough: 's', code: 'code', marked: 'mark', subscript: 'sub', superscript: 'sup',
  hashtag: 'span.hashtag', cashtag: 'span.cashtag',
}

/** Return the nodes of a text. `context`: {message, actions, zone, locale}. */
export function richText(text, context) {
  if (text === null || text === undefined) return []
  if (Array.isArray(text)) return text.flatMap((part) => richText(part, context))
  if (typeof text !== 'object') return [String(text)]
  const node = element(text, context)
  if (!node.hasChildNodes()) node.append(...richText(text.text, context))
  return [node]
}

function element(text, { message, actions, zone, locale }) {
  switch (text.type) {
    case 'url': return link(text.url, actions)
    case 'email_address': return link(`mailto:${text.email_address}`, actions)
    case 'mention': return link(`https://t.me/${text.username}`, actions)
    case 'text_mention': return link(`tg://user?id=${Number(text.user?.id)}`, actions)
    case 'phone_number': return el('span.phone-number')
    case 'bot_command': return el('button.command', { type: 'button', onclick: () => actions.send(plainText(text)) })
    case 'spoiler': return spoiler(actions)
    case 'custom_emoji': return el('span', {}, text.alternative_text)
    case 'anchor': return el('span.anchor', { 'data-anchor': text.name, tabindex: -1 })
    case 'anchor_link': return jump('anchor', text.anchor_name)
    case 'reference': return el('span.reference', { 'data-reference': text.name, tabindex: -1 })
    case 'reference_link': return jump('reference', text.reference_name)
    case 'date_time': return clock(text, zone, locale)
    case 'button': return el('span.beside', {}, key(message, text.button, actions, richText(text.button.text, { zone, locale })))
    default: return el(TAGS[text.type] ?? 'span')
  }
}

/** Return the date in the reader's zone and language; without a format the text stays, and the date is its tooltip. */
function clock(text, zone, locale) {
  return dateElement(text, now(), zone, locale)
}

/** Return a link to a place in the same message; an empty name leads to its top. */
function jump(kind, name) {
  const onclick = (event) => {
    const body = event.currentTarget.closest('.rich')
    const target = name ? [...body.querySelectorAll(`[data-${kind}]`)].find((node) => node.dataset[kind] === name) : body
    if (!target) return
    for (let parent = target.parentElement; parent && parent !== body; parent = parent.parentElement) if (parent.matches('details')) parent.open = true
    target.scrollIntoView({ block: 'start', behavior: 'smooth' })
    target.focus({ preventScroll: true })
  }
  return el('button.jump', { type: 'button', 'data-testid': 'jump', onclick })
}

/** Return the characters of a text without its buttons. */
export function plainText(text) {
  if (text === null || text === undefined) return ''
  if (Array.isArray(text)) return text.map(plainText).join('')
  if (typeof text !== 'object') return String(text)
  return text.type === 'custom_emoji' ? text.alternative_text : plainText(text.text)
}

/** Return the text of a message for previews: its own, that of its blocks, or the hint an old app shows. */
export function textOf(message, user) {
  if (!message.rich_message) return message.text
  return user?.old_app ? t('unsupported') : blocksText(message.rich_message.blocks)
}

function blocksText(blocks) {
  return blocks.map((block) => {
    const own = plainText(block.summary ?? block.text)
    const inner = (block.items || []).flatMap((item) => item.blocks)
    const cells = (block.cells || []).flat().map((cell) => plainText(cell.text))
    return [own, ...cells, blocksText([...inner, ...(block.blocks || [])])].filter(Boolean).join(' ')
  }).filter(Boolean).join(' ')
}
