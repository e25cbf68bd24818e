// redirects.mjs WASM HOSTS STATE REGION PATH: asks a core without pages for them; prints, one a
// line, the question, the status and where the answer leads.

import { readFileSync } from 'node:fs'

const [wasm, hosts, folder, region, path] = process.argv.slice(2)
const { Core } = await import(`${hosts}/core.mjs`)
const now = 1700000000
const core = new Core(new WebAssembly.Module(readFileSync(wasm)),
    { FALLBACK_URL: 'https://fallback.example/', REGION: region })
for (const key of [`maps/${region}.map`, 'health']) {
    const problem = core.take(key, readFileSync(`${folder}/${key}`), now)
    if (problem) throw new Error(problem)
}
const questions = [
    [path, ''], [path + '?mirrorlist', ''], [path + '?explain', ''], [path + '.meta4', ''],
    [path, 'Accept: application/metalink4+xml\r\n'], ['/', 'Accept: text/html\r\n'], ['/_/status/', ''],
]
for (const [target, header] of questions) {
    const answer = core.answer(`GET ${target} HTTP/1.1\r\nHost: h\r\n${header}\r\n`, now, true)
    const location = /^Location: (.*)\r$/m.exec(answer.text)?.[1] ?? '-'
    console.log(`${target} ${answer.text.slice(9, 12)} ${location}`)
}
