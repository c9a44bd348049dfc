/** The language that a message is written in, by its script: screen readers and fonts need it. */

const MIN_SHARE = 0.15 // of the letters; a Chinese text has many Latin names in it, an English one rarely a Chinese name

const SCRIPTS = [
  ['ja', /[\p{Script=Hiragana}\p{Script=Katakana}]/gu],
  ['ko', /\p{Script=Hangul}/gu],
  ['zh-Hans', /\p{Script=Han}/gu],
  ['ru', /\p{Script=Cyrillic}/gu],
]

/** Return a language tag. Texts in Latin letters are in the reader's language if that is written so, else English. */
export function languageOf(text, reader) {
  const letters = text.match(/\p{L}/gu)?.length || 1
  const code = (reader?.language_code || '').toLowerCase()
  for (const [tag, script] of SCRIPTS) {
    if ((text.match(script)?.length || 0) / letters < MIN_SHARE) continue
    return tag === 'zh-Hans' && /^zh-(hant|tw|hk|mo)/.test(code) ? 'zh-Hant' : tag
  }
  return /^(zh|ja|ko|ru)/.test(code) ? 'en' : code || 'en'
}
