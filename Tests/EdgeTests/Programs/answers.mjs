// answers.mjs FOLDER: has the core answer the heads in FOLDER/heads, each behind its length in four
// bytes, and writes the answers to FOLDER/answers likewise. FOLDER/state has the blobs by their
// keys, FOLDER/config.json the configuration and `now`; with `isRaw` the heads are any bytes, and
// no host module is in between. What the core could not answer is an empty answer.

import { readFileSync, writeFileSync, existsSync } from 'node:fs'
import { Raw } from './raw.mjs'

const folder = process.argv[2]
const { wasm, hosts, now, isRaw, ...config } = JSON.parse(readFileSync(`${folder}/config.json`))
const { Core } = await import(`${hosts}/core.mjs`)
const core = new (isRaw ? Raw : Core)(new WebAssembly.Module(readFileSync(wasm)), config)

function bring(key) {
    const path = `${folder}/state/${key}`
    if (!existsSync(path)) return core.miss(key, true, now)
    const problem = core.take(key, readFileSync(path), now)
    if (problem) console.error(problem)
}
for (const key of core.watchedKeys) bring(key)

const heads = readFileSync(`${folder}/heads`)
const answers = []
for (let offset = 0; offset < heads.length;) {
    const length = heads.readUInt32LE(offset)
    const bytes = heads.subarray(offset + 4, offset + 4 + length)
    const head = isRaw ? bytes : bytes.toString('utf8')
    offset += 4 + length
    let answer
    for (let tries = 0; (answer = core.answer(head, now, tries < 8))?.wants; tries++) bring(answer.wants)
    const text = answer?.answer ?? Buffer.from(answer?.text ?? '')
    const size = Buffer.alloc(4)
    size.writeUInt32LE(text.length)
    answers.push(size, text)
}
writeFileSync(`${folder}/answers`, Buffer.concat(answers))
