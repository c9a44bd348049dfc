/** The senders of a fleet, with a switch for each; only where somebody runs a fleet. */

import { post } from './api.js'
import { el, icon } from './dom.js'
import { store } from './store.js'
import { attempt } from './toast.js'
import { language, locale, t } from './i18n.js'

const SWITCHES = { __proto__: null, starting: [], running: ['freeze', 'kill'], frozen: ['wake', 'kill'], ended: ['start'] }
const SHOWN_NOTES = 3

const act = (action, sender = null) => attempt(() => post('fleet/actions', { action, sender }))
const number = (value) => value.toLocaleString(locale())

/** Sections of the panel, as `reconcile` wants them; none without a fleet. */
export function fleetSections() {
  const fleet = store.fleet
  if (!fleet) return []
  const section = (key, make, ...parts) => ({ key, version: JSON.stringify([language(), ...parts]), make })
  return [
    section('fleet', () => head(fleet.is_going), fleet.is_going),
    ...fleet.bots.map((bot) => section(`fleet-bot-${bot.number}`, () => figures(bot), bot)),
    ...fleet.senders.map((sender) => section(`sender-${sender.number}`, () => card(sender), sender)),
    section('fleet-notes', () => notes(fleet), fleet.notes, fleet.bots.map(({ name }) => name)),
  ]
}

function head(isGoing) {
  return el('section.fleet', { 'data-testid': 'fleet' },
    el('h3', {}, t('fleet')), el('p.help', {}, t('fleetHelp')),
    el('button.big-button', { type: 'button', disabled: isGoing, onclick: () => act('morning'), 'data-testid': 'fleet-morning' },
      t(isGoing ? 'morningGoing' : 'startMorning')))
}

function figures(bot) {
  const share = bot.people ? bot.delivered / bot.people : 0
  const figure = (key, value, tone) => el(tone ? `div.figure.${tone}` : 'div.figure', { 'data-testid': `fleet-${key}-${bot.number}` },
    el('strong', {}, number(value)), el('span', {}, t(key)))
  const bar = el('progress.share', { max: 1, value: share, 'aria-label': t('fleetDelivered') })
  return el('section.newsletter', { 'data-testid': `fleet-bot-${bot.number}` },
    el('header', {}, el('strong', {}, bot.name), el('a', { href: bot.page, target: '_blank', rel: 'noopener' }, t('openPage'))),
    bar, el('div.figures', {},
      el('div.figure', { 'data-testid': `fleet-fleetDelivered-${bot.number}` },
        el('strong', {}, number(bot.delivered), el('small', {}, ` / ${number(bot.people)}`)), el('span', {}, t('fleetDelivered'))),
      figure('fleetUnconfirmed', bot.unconfirmed, bot.unconfirmed && 'warn'), figure('fleetTwice', bot.twice, bot.twice ? 'warn' : 'good')),
    bot.unconfirmed > 0 && el('p.help', {}, t('fleetListed')))
}

function card(sender) {
  const names = store.fleet.bots.filter(({ number: id }) => sender.bots.includes(id)).map(({ name }) => name)
  const work = names.length ? names.map((name) => el('span.tag', {}, name)) : sender.state === 'running' ? t('standsBy') : t('runsNothing')
  const switches = SWITCHES[sender.state].map((action) => el('button.soft-button', {
    type: 'button', onclick: () => act(action, sender.number), 'data-testid': `${action}-${sender.number}`,
  }, t(`switch ${action}`)))
  return el('section.sender', { 'data-state': sender.state, 'data-testid': `sender-${sender.number}` },
    el('span.lamp', { 'aria-hidden': 'true' }),
    el('div.about-sender', {}, el('p', {}, el('strong', {}, t('sender', { number: sender.number })), el('span.state', {}, t(`sender ${sender.state}`))),
      el('p.owns', {}, work)),
    el('div.switches', {}, switches))
}

function notes(fleet) {
  const name = (id) => fleet.bots.find((bot) => bot.number === id)?.name ?? ''
  const text = ({ kind, sender, bot, seconds }) => t(`note ${kind}`, {
    sender: t('sender', { number: sender }), bot: name(bot), seconds: (seconds ?? 0).toLocaleString(locale(), { maximumFractionDigits: 2 }),
  })
  return el('ul.notes', { 'aria-live': 'polite', 'data-testid': 'fleet-notes' },
    fleet.notes.slice(-SHOWN_NOTES).reverse().map((note) => el('li', {}, icon(note.kind === 'woke' ? 'clock' : 'check'), el('span', {}, text(note)))))
}
