/** Styles as apps read them while somebody types: **bold**, __italic__, ~~struck~~, ||hidden||, `code`, [words](link). */

const STYLES = [
  [/\*\*(?<inside>[^*\n]+)\*\*/, 'bold'],
  [/__(?<inside>[^_\n]+)__/, 'italic'],
  [/~~(?<inside>[^~\n]+)~~/, 'strikethrough'],
  [/\|\|(?<inside>[^|\n]+)\|\|/, 'spoiler'],
  [/`(?<inside>[^`\n]+)`/, 'code'],
  [/\[(?<inside>[^\]\n]+)\]\((?<url>https?:\/\/[^)\s]+)\)/, 'text_link'],
]

/** Return {text, entities} of what was typed; marks that style nothing stay. */
export function readStyles(typed) {
  const first = STYLES.map(([pattern, type]) => ({ type, match: pattern.exec(typed) })).filter(({ match }) => match)
    .sort((one, other) => one.match.index - other.match.index)[0]
  if (!first) return { text: typed, entities: [] }
  const { match, type } = first
  const inner = type === 'code' ? { text: match.groups.inside, entities: [] } : readStyles(match.groups.inside)
  const rest = readStyles(typed.slice(match.index + match[0].length))
  const before = typed.slice(0, match.index)
  const entity = { type, offset: before.length, length: inner.text.length, ...(match.groups.url && { url: match.groups.url }) }
  const moved = (entities, by) => entities.map((other) => ({ ...other, offset: other.offset + by }))
  return {
    text: before + inner.text + rest.text,
    entities: [entity, ...moved(inner.entities, before.length), ...moved(rest.entities, before.length + inner.text.length)],
  }
}
