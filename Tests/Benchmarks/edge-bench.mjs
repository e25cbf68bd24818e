// edge-bench.mjs FOLDER POINTS: what the handler in FOLDER/app costs over FOLDER/state, region
// bench, with so many access points; see edge-bench.sh. With 5 the handler alone; with "cold"
// nothing but what the first answer costs, as a number. Other load on the machine only adds to a
// figure: each is the least of some rounds.

import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'

// State on loopback, of another process: its cost is not the handler's. `/new` makes the map another one.
function serve(folder) {
    let salt = 0
    const map = readFileSync(`${folder}/state/maps/bench.map`), health = readFileSync(`${folder}/state/health`)
    const server = createServer((request, response) => {
        if (request.url === '/new') salt++
        const bytes = request.url.endsWith('.map') ? map : request.url.endsWith('health') ? health : null
        if (!bytes) return response.writeHead(404).end()
        const etag = `"${createHash('md5').update(request.url).digest('hex')}${bytes === map ? salt : 0}"`
        if (request.headers['if-none-match'] === etag) return response.writeHead(304, { etag }).end()
        response.writeHead(200, { etag, 'content-length': bytes.length }).end(bytes)
    })
    server.listen(0, '127.0.0.1', () => console.log(server.address().port))
    process.stdin.on('end', () => process.exit()).resume()
}

const [folder, points] = process.argv.slice(2)
if (points === 'serve') {
    serve(folder)
    await new Promise(() => {})
}
const print = (name, value, bar) => console.log(`${name.padEnd(46)} ${String(value).padStart(10)}   bar ${bar}`)
const milliseconds = () => { const { user, system } = process.cpuUsage(); return (user + system) / 1000 }

const server = spawn(process.execPath, [fileURLToPath(import.meta.url), folder, 'serve'],
    { stdio: ['pipe', 'pipe', 'inherit'] })
process.on('exit', () => server.kill())
const [line] = await once(server.stdout, 'data')
const config = { FALLBACK_URL: 'https://fallback.example/', REGION: 'bench', MAP_REFRESH_SECONDS: '3600',
    STATE_URL: `http://127.0.0.1:${Number(line)}/` }
writeFileSync(`${folder}/app/config.json`, JSON.stringify(config))

const event = number => ({ Records: [{ cf: {
    config: { distributionDomainName: 'd111.cloudfront.net' },
    request: { clientIp: `192.0.${number & 255}.7`, method: 'GET', querystring: '',
        uri: `/distfiles/${(number & 255).toString(16).padStart(2, '0')}/package-name-${number}-1.2.3.tar.xz`,
        headers: { 'cloudfront-viewer-country': [{ key: 'CloudFront-Viewer-Country', value: 'DE' }],
            accept: [{ key: 'Accept', value: '*/*' }] } },
} }] })

const before = milliseconds()
const { handler } = await import(`${folder}/app/lambda-edge.mjs`)
const first = await handler(event(1))
const cold = (milliseconds() - before).toFixed(1)
if (first.status !== '302' || first.headers.redirector?.[0].value !== 'mirror') throw new Error(JSON.stringify(first))
if (points === 'cold') {
    console.log(cold)
    process.exit()
}

const count = 10000
let least = Infinity
for (let round = 0; round < 30; round++) {
    const start = milliseconds()
    for (let number = 0; number < count; number++) await handler(event(number))
    least = Math.min(least, milliseconds() - start)
}
print(`handler, ${points} access points, us CPU`, (least * 1000 / count).toFixed(1), points === '5' ? 8 : 16)
if (points === '5') process.exit()
// What a look and a swap cost, by the parts that the handler is made of.
const { Core } = await import(`${folder}/app/core.mjs`)
const { State } = await import(`${folder}/app/state.mjs`)
const core = new Core(new WebAssembly.Module(readFileSync(`${folder}/app/redirector.wasm`)), config)
const state = new State(core, async (key, tag, signal) => {
    const response = await fetch(config.STATE_URL + key, { headers: tag ? { 'If-None-Match': tag } : {}, signal })
    return { status: response.status, tag: response.headers.get('etag'),
        bytes: Buffer.from(await response.arrayBuffer()) }
}, { seconds: 0 })
let now = 1700000000
const looks = async change => {
    let least = Infinity
    for (let round = 0; round < 10; round++) {
        const times = []
        for (let number = 0; number < 21; number++) {
            if (change) await (await fetch(`${config.STATE_URL}new`)).arrayBuffer()
            const begin = performance.now()
            await state.look(++now)
            times.push(performance.now() - begin)
        }
        least = Math.min(least, times.sort((a, b) => a - b)[10])
    }
    return least.toFixed(2)
}
await looks(false)
print('conditional look, nothing new, ms', await looks(false), 2)
print('look with a new map and its swap, ms', await looks(true), 5)
print('memory of the core after 210 swaps, MB', (core.byteCount / 1e6).toFixed(1), '-')
process.exit()
