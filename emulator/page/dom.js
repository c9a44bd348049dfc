/** Creates DOM elements and updates keyed lists. Strings only become text nodes, so no text can turn into markup. */

const SVG = 'http://www.w3.org/2000/svg'

const ICONS = {
  __proto__: null,
  attach: 'M20 11.5 12 19.4a5 5 0 0 1-7-7l8.3-8.3a3.4 3.4 0 0 1 4.8 4.8l-8.2 8.2a1.7 1.7 0 0 1-2.4-2.4l7.5-7.5',
  back: 'M15 5l-7 7 7 7',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  chevron: 'M6 9l6 6 6-6',
  clock: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M12 7v5l3.5 2',
  close: 'M6 6l12 12M18 6 6 18',
  contrast: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M12 3v18M12 7.5h6.5M12 12h9M12 16.5h6.5',
  copy: 'M9 9h11v11H9zM5 15H4V4h11v1',
  desktop: 'M3 5h18v11H3zM9 20h6M12 16v4',
  down: 'M12 5v14M6 13l6 6 6-6',
  edit: 'M4 20l1-4L16 5l3 3L8 19z',
  file: 'M6 3h8l4 4v14H6zM14 3v4h4',
  forward: 'M14 6l6 6-6 6M20 12h-9c-4 0-7 2-7 6',
  menu: 'M4 7h16M4 12h16M4 17h10',
  microphone: 'M12 4a2.6 2.6 0 0 0-2.6 2.6v5a2.6 2.6 0 0 0 5.2 0v-5A2.6 2.6 0 0 0 12 4M6.5 11.5a5.5 5.5 0 0 0 11 0M12 17v3.5',
  people: 'M9 5a3.2 3.2 0 1 0 0 6.4A3.2 3.2 0 0 0 9 5M3 19c0-3.3 2.7-5.5 6-5.5s6 2.2 6 5.5M15.5 5.3a3.2 3.2 0 0 1 0 5.8M17 13.9c2.4.6 4 2.5 4 5.1',
  phone: 'M7 3h10v18H7zM11 18h2',
  picture: 'M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15.5 9.2a.8.8 0 1 0 0 .1',
  pictures: 'M7 4h14v12H7zM3 8v12h14M7 13l4-4 4 4 2-2 4 4',
  poll: 'M5 20v-7M12 20V4M19 20V9',
  pin: 'M12 21c4-5 6-8 6-11a6 6 0 1 0-12 0c0 3 2 6 6 11M12 8.5a1.5 1.5 0 1 0 0 3 1.5 1.5 0 0 0 0-3',
  plus: 'M12 5v14M5 12h14',
  reply: 'M10 6 4 12l6 6M4 12h9c4 0 7 2 7 6',
  send: 'M4 12 20 4l-4.5 16-4-6.5zM11.5 13.5 20 4',
  sticker: 'M12 3a9 9 0 1 0 9 9h-5a4 4 0 0 1-4-4zM12 3l9 9M8.5 14.5c1 1.6 2.2 2.2 3.5 2.2',
  sliders: 'M4 7h9M17 7h3M4 17h3M11 17h9M15 4.5v5M9 14.5v5',
}

/** `el('button.big', {onclick, 'aria-label': …}, 'text', node)`; null, undefined and false attributes and children are omitted. */
export function el(tag, attributes = {}, ...children) {
  const [name, ...classes] = tag.split('.')
  const node = document.createElement(name)
  if (classes.length) node.className = classes.join(' ')
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue
    if (key.startsWith('on')) node.addEventListener(key.slice(2), value)
    else node.setAttribute(key, value === true ? '' : value)
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false))
  return node
}

export function icon(name) {
  const svg = document.createElementNS(SVG, 'svg')
  const path = document.createElementNS(SVG, 'path')
  svg.setAttribute('viewBox', '0 0 24 24')
  svg.setAttribute('class', `icon icon-${name}`)
  svg.setAttribute('aria-hidden', 'true')
  path.setAttribute('d', ICONS[name])
  svg.append(path)
  return svg
}

/** A button with an icon; `label` is its accessible name and tooltip. */
export function iconButton(name, label, attributes = {}) {
  return el('button.icon-button', { type: 'button', 'aria-label': label, title: label, ...attributes }, icon(name))
}

/**
 * Make `parent` show `items` ({key, version, make}) in order, keeping nodes whose key and version are unchanged, with
 * their focus, unfolded quotes and animations. `make(old)` receives the node it replaces, if any.
 */
export function reconcile(parent, items) {
  const old = new Map([...parent.children].map((node) => [node.dataset.key, node]))
  let next = parent.firstElementChild
  for (const { key, version, make } of items) {
    let node = old.get(key)
    if (!node || node.dataset.version !== version) {
      const fresh = make(node)
      fresh.dataset.key = key
      fresh.dataset.version = version
      const focus = node && focusIn(node)
      if (node === next && node) next = fresh
      node?.replaceWith(fresh)
      node = fresh
      if (focus) [...fresh.querySelectorAll(focus.selector)][focus.at]?.focus()
    }
    old.delete(key)
    if (node === next) next = node.nextElementSibling
    else parent.insertBefore(node, next)
  }
  for (const node of old.values()) node.remove()
}

/** Describe the focused element in a node, so that its counterpart in a replacement can be focused. */
function focusIn(node) {
  const focused = document.activeElement
  if (!focused?.dataset.testid || !node.contains(focused)) return null
  const selector = `[data-testid="${CSS.escape(focused.dataset.testid)}"]`
  return { selector, at: [...node.querySelectorAll(selector)].indexOf(focused) }
}

/** Let the arrow keys move the focus between matching elements of `container`. */
export function walkWithArrows(container, selector) {
  container.addEventListener('keydown', (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    const all = [...container.querySelectorAll(selector)]
    const at = all.indexOf(document.activeElement)
    if (!step || at < 0) return
    event.preventDefault()
    all[Math.min(Math.max(at + step, 0), all.length - 1)].focus()
  })
}
