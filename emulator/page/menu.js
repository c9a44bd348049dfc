/** A place on the screen and a list of {label, icon, run} -> a small menu there; closes by itself, Escape and arrows work. */

import { el, icon, walkWithArrows } from './dom.js'

const MARGIN = 8

export function openMenu({ x, y }, entries) {
  const back = document.activeElement
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
    if (menu.contains(document.activeElement)) back?.focus?.()
    menu.remove()
  })
  walkWithArrows(menu, 'button')
  document.body.append(menu)
  menu.showPopover()
  menu.style.left = `${Math.max(MARGIN, Math.min(x, innerWidth - menu.offsetWidth - MARGIN))}px`
  menu.style.top = `${Math.max(MARGIN, Math.min(y, innerHeight - menu.offsetHeight - MARGIN))}px`
  menu.querySelector('button').focus()
}
