// Opens one sealed envelope: see README.md.
import { readFileSync } from 'node:fs'
import { open } from './sealed.mjs'

const [project, environment, path, name, ...more] = process.argv.slice(2)
const keys = (process.env.INFISICAL_SEALING_KEYS ?? '').replace(/#[^\r\n]*/g, '').split(/[\s,]+/).filter(Boolean)
try {
  if (!name || more.length) throw new Error('usage: node open.mjs PROJECT_ID ENVIRONMENT FOLDER_PATH NAME < envelope')
  const { value } = await open(keys, { project, environment, path, name }, readFileSync(0, 'utf8').trim())
  process.stdout.write(value)
} catch (error) {
  console.error(`open.mjs: ${error.message}`)
  process.exitCode = 1
}
