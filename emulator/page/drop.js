/** A Markdown file dropped anywhere on the page goes into the digest folder, as an editor would put it there. */

import { post } from './api.js'
import { store } from './store.js'
import { attempt, toast } from './toast.js'
import { t } from './i18n.js'

export function setUpDrop() {
  const target = document.getElementById('drop')
  const isFile = (event) => store.takesFiles && event.dataTransfer.types.includes('Files')
  addEventListener('dragenter', (event) => { if (isFile(event)) target.hidden = false })
  addEventListener('dragleave', (event) => { if (!event.relatedTarget) target.hidden = true })
  addEventListener('dragover', (event) => { if (isFile(event)) event.preventDefault() })
  addEventListener('drop', (event) => {
    target.hidden = true
    if (!isFile(event)) return
    event.preventDefault()
    for (const file of event.dataTransfer.files) take(file)
  })
}

function take(file) {
  if (!/\.md$/i.test(file.name)) return toast(t('onlyDigests'))
  return attempt(async () => {
    const { file_name: name } = await post('dropped-files', { file_name: file.name, text: await file.text() })
    toast(t('fileTaken', { name }))
  })
}
