/** Renders a text with entities (offsets in UTF-16 units, as in JavaScript) as DOM nodes, however they overlap. */

import { el, icon } from './dom.js'
import { dateTime } from './time.js'
import { t } from './i18n.js'

const BLOCKS = ['pre', 'blockquote', 'expandable_blockquote']
const SAFE_SCHEME = /^(https?|tg|mailto):/i
const TAGS = { __proto__: null, bold: 'b', italic: 'i', underline: 'u', strikethrough: 's', code: 'code', pre: 'pre', blockquote: 'blockquote' }

/**
 * Walk the text from boundary to boundary with a stack of open elements. Overlapping entities are closed and reopened;
 * blocks are outermost, so that a quote stays one box.
 */
export function render(text, entities, actions) {
  const root = document.createDocumentFragment()
  const sorted = [...entities].filter((entity) => entity.length > 0).sort(outermostFirst)
  const boundaries = [...new Set([0, text.length, ...sorted.flatMap(({ offset, length }) => [offset, offset + length])])].sort((a, b) => a - b)
  let open = []
  let afterBlock = false
  boundaries.slice(0, -1).forEach((from, index) => {
    const active = sorted.filter((entity) => entity.offset <= from && from < entity.offset + entity.length)
    const kept = open.findIndex(({ entity }, depth) => entity !== active[depth])
    const closed = kept < 0 ? [] : open.slice(kept)
    afterBlock ||= closed.some(({ entity }) => BLOCKS.includes(entity.type))
    open = kept < 0 ? open : open.slice(0, kept)
    for (const entity of active.slice(open.length)) {
      const entityText = text.slice(entity.offset, entity.offset + entity.length)
      const created = element(entity, entityText, actions)
      ;(open.at(-1)?.inside ?? root).append(created.node)
      open.push({ entity, inside: created.inside ?? created.node })
    }
    let segment = text.slice(from, boundaries[index + 1])
    // A block ends its own last line; the line feed after it would show as an empty line.
    if (afterBlock && segment.startsWith('\n')) segment = segment.slice(1)
    afterBlock = false
    ;(open.at(-1)?.inside ?? root).append(segment)
  })
  return root
}

function outermostFirst(first, second) {
  const block = (entity) => (BLOCKS.includes(entity.type) ? 0 : entity.type === 'date_time' ? 2 : 1) // a date's words are its own
  return block(first) - block(second) || first.offset - second.offset || second.length - first.length
}

function element(entity, entityText, actions) {
  switch (entity.type) {
    case 'text_link': return { node: link(entity.url, actions) }
    case 'url': return { node: link(/^[a-z][a-z0-9+.-]*:/i.test(entityText) ? entityText : `https://${entityText}`, actions) }
    case 'email': return { node: link(`mailto:${entityText}`, actions) }
    case 'mention': return { node: link(`https://t.me/${entityText.slice(1)}`, actions) }
    case 'bot_command': return { node: el('button.command', { type: 'button', onclick: () => actions.send(entityText) }) }
    case 'code': return { node: el('code', { title: t('copy'), onclick: () => actions.copy(entityText) }) }
    case 'pre': return preformatted(entity)
    case 'spoiler': return { node: spoiler(actions) }
    case 'expandable_blockquote': return foldedQuote()
    case 'date_time': return shownDate(entity, actions)
    default: return { node: el(TAGS[entity.type] ?? 'span.' + entity.type) }
  }
}

/** Return a link, or plain text if its scheme is not safe. */
export function link(url, actions) {
  if (!SAFE_SCHEME.test(url)) return el('span')
  return el('a', { href: url, target: '_blank', rel: 'noopener noreferrer', title: url, onclick: (event) => actions.follow(event, url) })
}

/** Return a date's element; its words take the place of the text, which stays if the date has no format. */
function shownDate(entity, { now, zone, locale }) {
  const node = dateElement(entity, now(), zone, locale)
  return node.hasChildNodes() ? { node, inside: document.createDocumentFragment() } : { node }
}

/** Return the date in the reader's zone and language; without a format it is empty, and the date is its tooltip. */
export function dateElement(date, now, zone, locale) {
  const instant = date.unix_time * 1000
  const words = dateTime(instant, now, zone, locale, date.date_time_format)
  const title = dateTime(instant, now, zone, locale, 'wDt')
  return el('time.date', { datetime: new Date(instant).toISOString(), title }, words || null)
}

function preformatted({ language }) {
  const inside = el('code')
  return { node: el('pre', { 'data-language': language || null, tabindex: 0 }, inside), inside }
}

export function spoiler(actions) {
  const reveal = (event) => {
    if (event.type === 'keydown' && event.key !== 'Enter' && event.key !== ' ') return
    if (!actions.reveal(event.currentTarget)) return
    event.preventDefault()
    event.stopPropagation()
  }
  return el('span.spoiler', { role: 'button', tabindex: 0, title: t('spoiler'), 'data-testid': 'spoiler', onclick: reveal, onkeydown: reveal })
}

/** Return a quote folded to three lines; a tap unfolds it. `widthObserver` removes the chevron of short quotes. */
export function foldedQuote() {
  const inside = el('div.fold')
  const button = el('button.unfold', { type: 'button', 'aria-expanded': 'false', 'aria-label': t('more'), 'data-testid': 'unfold' }, icon('chevron'))
  const node = el('blockquote.folded', { 'data-testid': 'folded-quote' }, inside, button)
  node.addEventListener('click', (event) => {
    const tapped = !event.target.closest('a, .command, .key, .jump, .spoiler:not(.shown), code') && getSelection().isCollapsed
    if (tapped && !node.classList.contains('short')) setFolded(node, node.classList.contains('open'))
  })
  inside.addEventListener('focusin', () => setFolded(node, false))
  widthObserver.observe(inside)
  return { node, inside }
}

export function setFolded(quote, folded) {
  const inside = quote.querySelector('.fold')
  const button = quote.querySelector('.unfold')
  quote.classList.toggle('open', !folded)
  inside.style.maxHeight = folded ? '' : `${inside.scrollHeight}px`
  button.setAttribute('aria-expanded', String(!folded))
  button.setAttribute('aria-label', t(folded ? 'more' : 'less'))
}

const widthObserver = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    const quote = target.parentElement
    if (quote.classList.contains('open')) {
      if (quote.dataset.width !== String(target.clientWidth)) target.style.maxHeight = 'none'
    } else {
      quote.classList.toggle('short', target.scrollHeight <= target.clientHeight + 2)
    }
    quote.dataset.width = target.clientWidth
  }
})
