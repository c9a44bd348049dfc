/** Photos, voice messages, stickers and polls: how they look, what they are called, and samples to send. */

import { el, icon } from './dom.js'
import { textOf } from './rich_text.js'
import { t } from './i18n.js'

const PHOTO_WIDTH = 640
const PHOTO_HEIGHT = 360
const SAMPLE_HUES = [18, 340, 40]

/** Draw the media of the messages in one bubble: one message, or those of an album. */
export function media(album) {
  if (album.length > 1) return el('div.album', { 'data-testid': 'album' }, album.map(drawOne))
  return drawOne(album[0])
}

function drawOne(message) {
  if (message.poll) return poll(message.poll)
  if (!message.media) return null
  const { kind, file, emoji, seconds } = message.media
  const source = `/control/files/${encodeURIComponent(file.file_id)}`
  if (kind === 'photo') return el('img.photo', { src: source, alt: t('photo'), width: PHOTO_WIDTH, height: PHOTO_HEIGHT, 'data-testid': 'photo' })
  if (kind === 'video' || kind === 'animation' || kind === 'video_note') {
    return el('video.photo', { src: source, width: PHOTO_WIDTH, height: PHOTO_HEIGHT, controls: true, 'aria-label': t('video'), 'data-testid': 'video' })
  }
  if (kind === 'sticker') return el('span.sticker', { role: 'img', 'aria-label': t('sticker', { emoji }), 'data-testid': 'sticker' }, emoji)
  return el('span.voice', { 'data-testid': kind }, el('span.badge', {}, icon('microphone')), el('span.wave', { 'aria-hidden': 'true' }), duration(seconds))
}

/** Draw the link preview of a named picture; like Telegram, show nothing if that cannot be fetched. */
export function linkPreview({ link_preview: preview }) {
  if (!preview?.url || preview.is_disabled) return null
  const host = URL.canParse(preview.url) ? new URL(preview.url).host : ''
  const image = el('img', { src: `/control/web-pictures?url=${encodeURIComponent(preview.url)}`, alt: t('photo'), width: 320, height: 180 })
  const size = preview.prefer_large_media ? 'large' : 'small'
  const card = el(`figure.preview.${size}`, { 'data-testid': 'link-preview' }, el('figcaption', {}, host), image)
  image.addEventListener('error', () => card.remove())
  return card
}

function poll({ question, options }) {
  return el('div.poll', { 'data-testid': 'poll' }, el('strong', {}, question), el('span', {}, t('poll')),
    el('ul', {}, options.map((option) => el('li', {}, option))))
}

const duration = (seconds) => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`

/** Return one line for a message, for lists and quotes. */
export function summaryOf(message, reader) {
  const text = message.service || textOf(message, reader)
  if (text) return text
  if (message.document) return message.document.file_name || t('attach')
  if (message.poll) return message.poll.question
  if (message.media) return message.media.emoji || t(message.media.kind)
  return t('location')
}

/** Return where a forwarded message came from. */
export function originOf({ forward_origin: origin }) {
  return origin && (origin.chat?.title ?? origin.sender_user.first_name)
}

/** Draw sample photos; each is a sunrise of its own colour. Return the message to send: several are an album. */
export function samplePhotos(count) {
  const [media, ...more] = SAMPLE_HUES.slice(0, count).map((hue) => ({ kind: 'photo', base64: drawSunrise(hue) }))
  return more.length ? { media, more_media: more, media_group_id: String(Date.now()) } : { media }
}

export const sampleVoice = () => ({ media: { kind: 'voice', base64: '', seconds: 7 } })
export const sampleSticker = () => ({ media: { kind: 'sticker', base64: '', emoji: '🌅' } })
export const samplePoll = () => ({ poll: { question: t('pollQuestion'), options: t('pollOptions').split(' | ') } })

function drawSunrise(hue) {
  const canvas = el('canvas', { width: PHOTO_WIDTH, height: PHOTO_HEIGHT })
  const context = canvas.getContext('2d')
  const sky = context.createLinearGradient(0, 0, 0, PHOTO_HEIGHT)
  sky.addColorStop(0, `hsl(${hue + 190} 65% 62%)`)
  sky.addColorStop(1, `hsl(${hue} 90% 78%)`)
  context.fillStyle = sky
  context.fillRect(0, 0, PHOTO_WIDTH, PHOTO_HEIGHT)
  context.fillStyle = `hsl(${hue + 30} 100% 88%)`
  context.beginPath()
  context.arc(PHOTO_WIDTH / 2, PHOTO_HEIGHT * 0.72, 84, Math.PI, 0)
  context.fill()
  context.fillStyle = `hsl(${hue + 190} 40% 34%)`
  context.fillRect(0, PHOTO_HEIGHT * 0.72, PHOTO_WIDTH, PHOTO_HEIGHT)
  return canvas.toDataURL('image/png').split(',')[1]
}
