// swaps.mjs WASM HOSTS STATE REGION: takes a map over a hundred times; ends with 1 where that takes
// more memory than the first few did.

import { readFileSync } from 'node:fs'

const [wasm, hosts, folder, region] = process.argv.slice(2)
const { Core } = await import(`${hosts}/core.mjs`)
const now = 1700000000
const core = new Core(new WebAssembly.Module(readFileSync(wasm)),
    { FALLBACK_URL: 'https://fallback.example/', REGION: region })
const map = readFileSync(`${folder}/maps/${region}.map`), health = readFileSync(`${folder}/health`)
const sizes = []
for (let count = 0; count < 100; count++) {
    for (const [key, bytes] of [[`maps/${region}.map`, map], ['health', health]]) {
        const problem = core.take(key, bytes, now)
        if (problem) throw new Error(problem)
    }
    core.answer('GET /?mirrorlist HTTP/1.1\r\nHost: h\r\n\r\n', now, false)
    sizes.push(core.byteCount)
}
console.log(`memory after 3 swaps ${sizes[2]}, after 100 ${sizes[99]}, RSS ${process.memoryUsage.rss()}`)
process.exit(sizes[99] > sizes[2] ? 1 : 0)
