/** The page's own texts in English and Chinese. Messages of the bot and of users are never translated. */

import { getPreference } from './preferences.js'

const TEXTS = {
  add: ['Add', '添加'],
  addChat: ['Add a person, group or channel', '添加用户、群组或频道'],
  addPerson: ['Add a person', '添加用户'],
  attach: ['Attach', '附件'],
  attachFile: ['A file…', '文件…'],
  back: ['Back to the chats', '返回聊天列表'],
  splitView: ['Show another person alongside', '并排显示另一位用户'],
  blockedLine: ['{name} blocked the bot', '{name}屏蔽了机器人'],
  blockTitle: ['{name} blocks the bot', '{name}屏蔽机器人'],
  blockHelp: ["The bot's next message is refused. Settings are kept; /start brings them back.", '机器人的下一条消息会被拒收。设置都还在，发送 /start 就能恢复。'],
  waitingForBot: ['waiting for the bot…', '正在等机器人回应…'],
  cancel: ['Cancel', '取消'],
  channel: ['Channel', '频道'],
  chats: ['Chats', '聊天'],
  checked: ['done', '已完成'],
  chooseZone: ["{name}'s time zone", '{name}的时区'],
  clear: ['Everything back to normal', '全部恢复正常'],
  clock: ['Clock', '时钟'],
  clockHelp: ["Only the demo's clock moves; your own stays as it is.", '只拨动演示里的时钟，不影响你的电脑。'],
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
  emptyHelp: ['Add a person and chat with the bot as them.', '先添加一位用户，再用 TA 的身份和机器人聊天。'],
  faultLine: ['⚡ {what} ({method})', '⚡ {what}（{method}）'],
  faults: ['What could go wrong', '模拟故障'],
  faultsHelp: ['Make life hard for the bot, and see how it copes.', '给机器人添点麻烦，看它如何应对。'],
  fired: ['happened {count}×', '已发生 {count} 次'],
  forever: ['until switched off', '直到关闭'],
  goTo: ['Set', '设定'],
  group: ['Group', '群组'],
  hiddenPhoto: ['Hidden photo: press to reveal', '隐藏图片：点按显示'],
  steps: ['See it work in three steps', '三步上手'],
  step1: ['Press Start', '点“开始”'],
  step1Help: ['Subscribe, as any reader would.', '像普通读者一样订阅。'],
  step2: ['Move the clock', '拨动时钟'],
  step2Help: ['To tomorrow, one minute before eight.', '拨到明早 7:59。'],
  step3: ['Watch the digest arrive', '等早报送到'],
  step3Help: ['It comes at eight sharp.', '八点整，准时送达。'],
  stepsDone: ["That's all! Now try /item 3, or press a button.", '就是这么简单！再试试 /item 3，或点点按钮。'],
  language: ['Language', '语言'],
  latest: ['To the latest message', '到最新消息'],
  less: ['Show less', '收起'],
  limits: ["Telegram's speed limits", 'Telegram 限速'],
  limitsHelp: ['30 messages a second overall, one a second in a chat, 20 a minute in a group.', '总计每秒 30 条，每个聊天每秒 1 条，每个群组每分钟 20 条。'],
  location: ['Location', '位置'],
  message: ['Message', '消息'],
  membersAlone: ['{name} owns it, and nobody else is in it yet.', '由{name}创建，还没有其他成员。'],
  membersHelp: ['{name} owns it; ordinary members: {others}.', '由{name}创建，{others}是普通成员。'],
  more: ['Show more', '展开'],
  moveBy1: ['+1 min', '+1 分钟'],
  moveBy10: ['+10 min', '+10 分钟'],
  moveBy60: ['+1 h', '+1 小时'],
  name: ['Name', '名字'],
  nextOne: ['next time', '仅下一次'],
  noAnswer: ['The bot did not answer this button.', '机器人没有回应这个按钮。'],
  noCommands: ['The bot has set no commands yet.', '机器人还没有设置命令。'],
  nobodyFound: ['Nobody by that name', '没有找到这个人'],
  notSent: ['That did not work: {error}', '操作没有成功：{error}'],
  offline: ['reconnecting…', '正在重新连接…'],
  ok: ['OK', '好的'],
  oldAppTitle: ["{name}'s app is too old for rich messages", '{name}的 Telegram 版本太旧'],
  oldAppHelp: ['They arrive, but only a hint is shown. The bot never learns of it.', '富文本消息能送达，却只显示一行提示，机器人毫不知情。'],
  options: ['Message options', '消息操作'],
  panel: ['Clock and faults', '时钟与故障'],
  person: ['Person', '用户'],
  phone: ['Phone width', '手机宽度'],
  photo: ['Photo', '图片'],
  realTime: ['Back to real time', '回到真实时间'],
  refuseTitle: ["{name}'s chat refuses rich messages", '{name}的聊天拒收富文本消息'],
  refuseHelp: ['The bot is told, and should send an ordinary message instead.', '机器人会收到拒绝，这时应该改发普通消息。'],
  reply: ['Reply', '回复'],
  replyingTo: ['Reply to {name}', '回复{name}'],
  restart: ['Unblock and restart', '重新启用'],
  search: ['Search people', '搜索'],
  send: ['Send', '发送'],
  slides: ['Slideshow, {count} photos', '幻灯片，共 {count} 张图片'],
  silent: ['sent silently', '静音发送'],
  spoiler: ['Hidden text: press to reveal', '隐藏文字：点按显示'],
  start: ['Start', '开始'],
  switchLanguage: ['中文', 'English'],
  switchLanguageLabel: ['页面改用中文', 'Show this page in English'],
  table: ['Table', '表格'],
  theme: ['Theme: {theme}', '外观：{theme}'],
  themeAuto: ['system', '跟随系统'],
  themeDark: ['dark', '深色'],
  themeLight: ['light', '浅色'],
  thirdTime: ['every third time', '每三次出现一次'],
  today: ['Today', '今天'],
  tomorrow: ['Tomorrow 07:59', '明天 07:59'],
  toBaseline: ['Back to the start', '回到演示开始时'],
  topics: ['Topics', '话题'],
  typing: ['typing…', '正在输入…'],
  sendingFile: ['sending a file…', '正在发送文件…'],
  unblockedLine: ['{name} unblocked the bot', '{name}重新启用了机器人'],
  unchecked: ['not done', '未完成'],
  unsupported: ['This message is not supported by your version of Telegram. Please update the app to view it.', '你的 Telegram 版本不支持查看这条消息，请更新应用。'],
  unread: ['{count} unread', '{count} 条未读'],
  what: ['Type', '类型'],
  yesterday: ['Yesterday', '昨天'],
  you: ['You are {name}', '你是{name}'],
  youOwn: ['You are {name}, the owner', '你是{name}（创建者）'],
  'fault drop': ['Answers get lost', '回执丢失'],
  'help drop': ['The message arrives, but the bot never hears back. It should not arrive twice.', '消息已送达，机器人却收不到回执。看看它会不会重复发送。'],
  'line drop': ['It arrived, but its answer was lost', '已送达，但回执丢失'],
  'fault flood': ['Too many requests', '请求过多'],
  'help flood': ['Telegram refuses the message and asks the bot to wait. It should arrive five seconds later.', 'Telegram 拒绝发送，要求机器人等一等。五秒后应会补发。'],
  'line flood': ['Refused: too many requests', '被拒：请求过多'],
  'fault delay': ['Everything is slow', '一切变慢'],
  'help delay': ['Every answer takes three seconds. Nothing should get lost.', '每次回应都要三秒，但一条消息也不该少。'],
  'line delay': ['Slowed down by three seconds', '慢了三秒'],
  'fault html502': ['Gateway errors', '网关出错'],
  'help html502': ['The message arrives, but the bot gets an error page (502). It should not arrive twice.', '消息已送达，机器人却只收到错误页面（502）。消息不该重复。'],
  'line html502': ['It arrived, but the bot got an error page', '已送达，但机器人收到的是错误页面'],
  'fault refuse': ['Telegram is out of reach', 'Telegram 连不上'],
  'help refuse': ['The bot cannot connect at all. Once this is off, everything should still arrive.', '完全连不上。关闭之后，该到的消息都会补上。'],
  'line refuse': ['The connection was refused', '连接被拒'],
}

export const languages = ['en', 'zh']

export function language() {
  return getPreference('language') || (navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en')
}

/** For dates: "zh-CN" or "en-GB". */
export const locale = () => (language() === 'zh' ? 'zh-CN' : 'en-GB')

export function t(key, values = {}) {
  const text = TEXTS[key]?.[languages.indexOf(language())] ?? key
  return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole)
}

/** Fill elements with data-t (text) or data-t-label (accessible name, tooltip, placeholder). */
export function translate(root) {
  document.documentElement.lang = language() === 'zh' ? 'zh-Hans' : 'en'
  for (const node of root.querySelectorAll('[data-t]')) node.textContent = t(node.dataset.t)
  for (const node of root.querySelectorAll('[data-t-label]')) {
    const text = t(node.dataset.tLabel)
    node.setAttribute('aria-label', text)
    if (node.matches('input, textarea')) node.placeholder = text
    else node.title = text
  }
}
