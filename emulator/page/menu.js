/** Popup menu with arrow-key navigation. */

import { el, icon, walkWithArrows } from './dom.js'

const MARGIN_PX = 8

/** Run when no button is pressed any more: the release of the press that opened a menu would close it again. */
export function whenReleased({ buttons }, run) {
  if (!buttons) return run()
  const released = new AbortController()
  const onRelease = () => {
    released.abort()
    setTimeout(run) // behind this event, with which the browser closes what is open
  }
  for (const type of ['pointerup', 'pointercancel']) addEventListener(type, onRelease, { capture: true, signal: released.signal })
}

export function openMenu({ x, y }, entries) {
  const previousFocus = document.activeElement
  const menu = el('div.menu', { popover: 'auto', role: 'menu', 'data-testid': 'menu' })
  for (const { label, icon: name, run, testid } of entries) {
    const onclick = () => {
      menu.hidePopover()
      run()
    }
    menu.append(el('button', { type: 'button', role: 'menuitem', onclick, 'data-testid': testid }, icon(name), label))
  }
  menu.addEventListener('toggle', (event) => {
    if (event.newState !== 'closed') return
    if (menu.contains(document.activeElement)) previousFocus?.focus?.()
    menu.remove()
  })
  walkWithArrows(menu, 'button')
  document.body.append(menu)
  menu.showPopover()
  menu.style.left = `${Math.max(MARGIN_PX, Math.min(x, innerWidth - menu.offsetWidth - MARGIN_PX))}px`
  menu.style.top = `${Math.max(MARGIN_PX, Math.min(y, innerHeight - menu.offsetHeight - MARGIN_PX))}px`
  menu.querySelector('button').focus()
}
