/** A key -> the page's own words, in English or Chinese. What the bot and the people say is never translated. */

import { getPreference } from './preferences.js'

const WORDS = {
  add: ['Add', '添加'],
  addChat: ['Add a person, a group, a channel', '添加人、群组或频道'],
  addPerson: ['Add a person', '添加一个人'],
  attach: ['Attach', '附件'],
  attachFile: ['A file…', '文件…'],
  back: ['Back to the chats', '返回聊天列表'],
  beside: ['Another person beside', '旁边再开一个人'],
  blockedLine: ['{name} blocked the bot', '{name}停用了机器人'],
  blockTitle: ['{name} blocks the bot', '{name}停用机器人'],
  blockHelp: ['The next message is refused. Settings stay; /start brings them back.', '下一条消息会被拒绝。设置都保留，/start 之后一切照旧。'],
  botIsLate: ['waiting for the bot…', '等待机器人…'],
  cancel: ['Cancel', '取消'],
  channel: ['Channel', '频道'],
  chats: ['Chats', '聊天'],
  chooseZone: ["{name}'s time zone", '{name}的时区'],
  clear: ['Everything back to normal', '全部恢复正常'],
  clock: ['Clock', '时钟'],
  clockHelp: ["Only this little world's clock moves; nothing outside does.", '只有这个小世界的时钟会动，外面一切如常。'],
  clockLine: ['The clock now says {day}, {time}', '时钟拨到了 {day} {time}'],
  close: ['Close', '关闭'],
  commands: ["The bot's commands", '机器人的命令'],
  copied: ['Copied', '已复制'],
  copy: ['Copy text', '复制文字'],
  delivered: ['sent', '已发送'],
  desktop: ['Wide screen', '宽屏'],
  download: ['Download', '下载'],
  edit: ['Edit', '编辑'],
  edited: ['edited', '已编辑'],
  editing: ['Editing your message', '正在编辑消息'],
  emptyTitle: ['Nobody is here yet', '这里还没有人'],
  emptyHelp: ['Add a person, and chat with the bot as them.', '添加一个人，以其身份和机器人聊天。'],
  faultLine: ['⚡ {what} ({method})', '⚡ {what}（{method}）'],
  faults: ['What could go wrong', '出点状况'],
  faultsHelp: ['Make life hard for the bot, and see how it copes.', '给机器人添点麻烦，看它如何应对。'],
  fired: ['happened {count}×', '已发生 {count} 次'],
  forever: ['until switched off', '直到关闭'],
  goTo: ['Go', '跳转'],
  group: ['Group', '群组'],
  hint: ['See it work in three steps', '三步看懂'],
  hint1: ['Press Start', '点“开始”'],
  hint1Help: ['Subscribe, as any reader would.', '像普通读者一样订阅。'],
  hint2: ['Move the clock', '拨动时钟'],
  hint2Help: ['To tomorrow, one minute before eight.', '拨到明天七点五十九分。'],
  hint3: ['Watch the morning arrive', '等早报送达'],
  hint3Help: ['The digest comes at eight sharp.', '八点整，早报准时来。'],
  hintDone: ['That is all there is to it. Try /item 3, or a button.', '就是这么简单。再试试 /item 3，或点点按钮。'],
  language: ['Language', '语言'],
  latest: ['To the latest message', '到最新消息'],
  less: ['Show less', '收起'],
  limits: ["Telegram's speed limits", 'Telegram 限速'],
  limitsHelp: ['30 messages a second, one a second in a chat, 20 a minute in a group.', '每秒 30 条，单聊每秒 1 条，群组每分钟 20 条。'],
  location: ['A place', '地点'],
  message: ['Message', '消息'],
  membersAlone: ['{name} owns it, and nobody else is in it yet.', '由{name}管理，里面还没有别人。'],
  membersHelp: ['{name} owns it; ordinary members: {others}.', '由{name}管理；{others}只是普通成员。'],
  more: ['Show more', '展开'],
  moveBy1: ['+1 min', '+1 分钟'],
  moveBy10: ['+10 min', '+10 分钟'],
  moveBy60: ['+1 h', '+1 小时'],
  name: ['Name', '名字'],
  nextOne: ['next time', '仅下一次'],
  noAnswer: ['The bot did not answer this button.', '机器人没有回应这个按钮。'],
  noCommands: ['The bot has set no commands yet.', '机器人还没有设置命令。'],
  nobodyFound: ['Nobody by that name', '没有找到'],
  notSent: ['That did not work: {error}', '没有成功：{error}'],
  offline: ['connecting again…', '正在重新连接…'],
  ok: ['OK', '好的'],
  options: ['Message options', '消息操作'],
  panel: ['Clock and faults', '时钟与故障'],
  person: ['Person', '人'],
  phone: ['Phone width', '手机宽度'],
  realTime: ['Back to real time', '回到真实时间'],
  reply: ['Reply', '回复'],
  replyingTo: ['Reply to {name}', '回复{name}'],
  restart: ['Unblock and restart', '重新启用'],
  search: ['Search people', '搜索'],
  send: ['Send', '发送'],
  silent: ['sent silently', '静音发送'],
  spoiler: ['Hidden text: press to reveal', '隐藏文字：点按显示'],
  start: ['Start', '开始'],
  switchLanguage: ['中文', 'English'],
  switchLanguageLabel: ['页面改用中文', 'Show this page in English'],
  theme: ['Theme: {theme}', '外观：{theme}'],
  themeAuto: ['as the system', '跟随系统'],
  themeDark: ['dark', '深色'],
  themeLight: ['light', '浅色'],
  thirdTime: ['every third time', '每三次一次'],
  today: ['Today', '今天'],
  tomorrow: ['Tomorrow 07:59', '明天 07:59'],
  toStart: ['Back to the start', '回到最初'],
  topics: ['Topics', '话题'],
  typing: ['typing…', '正在输入…'],
  sendingFile: ['sending a file…', '正在发送文件…'],
  unblockedLine: ['{name} unblocked the bot', '{name}重新启用了机器人'],
  unread: ['{count} unread', '{count} 条未读'],
  what: ['What', '类型'],
  yesterday: ['Yesterday', '昨天'],
  you: ['You are {name}', '你是{name}'],
  youOwn: ['You are {name}, the owner', '你是{name}，这里的管理者'],
  'fault drop': ['Answers get lost', '回执丢失'],
  'help drop': ['The message arrives, but the bot is never told. It must not come twice.', '消息送到了，机器人却收不到回执。留意：不该来第二遍。'],
  'line drop': ['It arrived, but its answer was lost', '已送达，但回执丢失'],
  'fault flood': ['Too many requests', '请求过多'],
  'help flood': ['Telegram refuses, and asks the bot to wait. It must come five seconds later.', 'Telegram 拒绝发送，要求等待。留意：五秒后应当补上。'],
  'line flood': ['Refused: too many requests', '被拒：请求过多'],
  'fault delay': ['Everything is slow', '一切变慢'],
  'help delay': ['Each answer takes three seconds. Nothing must be lost.', '每次回应要三秒。留意：一条也不该丢。'],
  'line delay': ['Slowed down by three seconds', '慢了三秒'],
  'fault html502': ['Broken answers', '网关出错'],
  'help html502': ['Carried out, but answered by an error page (502). It must not come twice.', '照做了，却回了一个错误页面（502）。留意：不该来第二遍。'],
  'line html502': ['Carried out, but answered by an error page', '照做了，但回了错误页面'],
  'fault refuse': ['Telegram is out of reach', 'Telegram 连不上'],
  'help refuse': ['No connection at all. Switched off, everything must come after all.', '完全无法连接。留意：关闭之后，该来的都会来。'],
  'line refuse': ['The connection was refused', '连接被拒'],
}

export const languages = ['en', 'zh']

export function language() {
  return getPreference('language') || (navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en')
}

/** For dates: "zh-CN" or "en-GB". */
export const locale = () => (language() === 'zh' ? 'zh-CN' : 'en-GB')

export function t(key, values = {}) {
  const words = WORDS[key]?.[languages.indexOf(language())] ?? key
  return words.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole)
}

/** Put words into every element that asks for them by data-t (text) or data-t-label (name, tooltip, placeholder). */
export function translate(root) {
  document.documentElement.lang = language() === 'zh' ? 'zh-Hans' : 'en'
  for (const node of root.querySelectorAll('[data-t]')) node.textContent = t(node.dataset.t)
  for (const node of root.querySelectorAll('[data-t-label]')) {
    const words = t(node.dataset.tLabel)
    node.setAttribute('aria-label', words)
    if (node.matches('input, textarea')) node.placeholder = words
    else node.title = words
  }
}
