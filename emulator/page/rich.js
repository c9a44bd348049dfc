/** Draws the blocks of a rich message: headings, lists, quotes, tables, details, photos and rows of buttons. */

import { el, icon } from './dom.js'
import { foldedQuote } from './entities.js'
import { key } from './keys.js'
import { plainText, richText } from './rich_text.js'
import { t } from './i18n.js'

const SPAN_LIMIT = 20 // cells of more columns or rows than any table has

const DRAWERS = {
  __proto__: null,
  paragraph: (block, context) => el('p', {}, richText(block.text, context)),
  footer: (block, context) => el('p.footer', {}, richText(block.text, context)),
  heading: (block, context) => el(`h${Math.min(Math.max(Number(block.size) || 6, 1), 6)}`, {}, richText(block.text, context)),
  pre: (block, context) => el('pre', { 'data-language': block.language || null, tabindex: 0 }, el('code', {}, richText(block.text, context))),
  divider: () => el('hr'),
  anchor: (block) => el('div.anchor', { 'data-anchor': block.name, tabindex: -1 }),
  list, details, table, photo, collage, slideshow, buttons,
  blockquote: (block, context) => el('blockquote', {}, blocks(block.blocks, context), credit(block, context)),
  pullquote: (block, context) => el('blockquote.pulled', {}, el('p', {}, richText(block.text, context)), credit(block, context)),
  expandable_blockquote: expandableQuote,
}

/** `context`: {message, actions, zone, locale}. */
export function richMessage(context) {
  const { blocks: all, is_rtl: isRightToLeft } = context.message.rich_message
  const attributes = { dir: isRightToLeft ? 'rtl' : 'auto', tabindex: -1, 'data-testid': 'rich' }
  return el('div.rich', attributes, blocks(all, context))
}

function blocks(list, context) {
  return (list || []).map((block) => DRAWERS[block.type]?.(block, context))
}

const credit = ({ credit: author }, context) => author && el('cite', {}, richText(author, context))

function caption(block, context) {
  if (!block.caption) return null
  return el('figcaption', {}, richText(block.caption.text, context), credit(block.caption, context))
}

function list(block, context) {
  return el('ul', {}, block.items.map((item) => el('li', {},
    (item.type || !item.has_checkbox) && el('span.label', {}, item.label), item.has_checkbox && checkbox(item),
    el('div.item', {}, blocks(item.blocks, context)))))
}

function checkbox({ is_checked: isChecked }) {
  const words = t(isChecked ? 'checked' : 'unchecked')
  return el(isChecked ? 'span.box.checked' : 'span.box', { role: 'img', 'aria-label': words }, isChecked && icon('check'))
}

function expandableQuote(block, context) {
  const { node, inside } = foldedQuote()
  inside.append(...richText(block.text, context))
  const author = credit(block, context)
  if (author) inside.append(author)
  return node
}

function details(block, context) {
  return el('details', { open: Boolean(block.is_open), 'data-testid': 'details' },
    el('summary', {}, el('span', {}, richText(block.summary, context)), icon('chevron')), el('div.inside', {}, blocks(block.blocks, context)))
}

function table(block, context) {
  const shape = ['is_bordered', 'is_striped', 'is_compact'].filter((name) => block[name]).map((name) => name.slice(3))
  const rows = block.cells.map((row) => el('tr', {}, row.map((cell) => tableCell(cell, context))))
  const title = block.caption && el('caption', {}, richText(block.caption, context))
  return wide(plainText(block.caption) || t('table'), el(['table', ...shape].join('.'), {}, title, el('tbody', {}, rows)))
}

function tableCell(cell, context) {
  const span = (count) => (count > 1 ? Math.min(count, SPAN_LIMIT) : null)
  const name = `${cell.is_header ? 'th' : 'td'}.${cell.align}.${cell.valign}`
  return el(name, { colspan: span(cell.colspan), rowspan: span(cell.rowspan) }, richText(cell.text, context))
}

/** Return a box in which wide content scrolls sideways, with the keyboard too. */
function wide(label, content) {
  return el('div.wide', { role: 'region', tabindex: 0, 'aria-label': label, 'data-testid': 'wide' }, content)
}

function picture(block) {
  const size = block.photo.at(-1)
  const src = `/control/files/${encodeURIComponent(size.file_id)}`
  const alt = plainText(block.caption?.text) || t('photo')
  const image = el('img', { src, alt, loading: 'lazy', width: size.width, height: size.height })
  if (!block.has_spoiler) return image
  const reveal = (event) => event.currentTarget.classList.add('shown')
  return el('button.covered', { type: 'button', 'aria-label': t('hiddenPhoto'), 'data-testid': 'covered', onclick: reveal }, image)
}

function photo(block, context) {
  return el('figure', {}, picture(block), caption(block, context))
}

function collage(block, context) {
  return el('figure.collage', {}, el('div.grid', {}, block.blocks.map((one) => photo(one, context))), caption(block, context))
}

function slideshow(block, context) {
  const slides = wide(t('slides', { count: block.blocks.length }), block.blocks.map((one) => photo(one, context)))
  slides.classList.add('slides')
  return el('figure', {}, slides, caption(block, context))
}

function buttons(block, context) {
  const keys = block.buttons.map((button) => key(context.message, button, context.actions, richText(button.text, context)))
  return el(`div.keys${block.align ? `.${block.align}` : ''}`, { role: 'group' }, keys)
}
