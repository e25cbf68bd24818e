// fuzz.mjs WASM HOSTS STATE REGION SEED REQUESTS MAPS: random requests and damaged maps against the core; it ends
// with 1 behind a trap, or an answer that breaks the rules. STATE has the blobs of REGION.

import { readFileSync } from 'node:fs'

const [wasm, hosts, folder, region, seedText, requests, maps] = process.argv.slice(2)
const { Core } = await import(`${hosts}/core.mjs`)
let traps = 0
// The core says on the console that it failed; nothing else may.
const complaints = []
console.error = text => { traps++; complaints.push(text) }

// Mulberry32.
let state = Number(seedText) >>> 0
const random = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ t >>> 15, t | 1)
    t ^= t + Math.imul(t ^ t >>> 7, t | 61)
    return ((t ^ t >>> 14) >>> 0) / 4294967296
}
const below = count => Math.floor(random() * count)
const pick = list => list[below(list.length)]

const now = 1700000000
const module = new WebAssembly.Module(readFileSync(wasm))
const configuration = { FALLBACK_URL: 'https://fallback.example/all/', REGION: region, DEFAULT_REGION: region }
const map = readFileSync(`${folder}/maps/${region}.map`), health = readFileSync(`${folder}/health`)
const core = new Core(module, configuration)
core.take(`maps/${region}.map`, map, now)
core.take('health', health, now)

const pieces = ['GET ', 'HEAD ', 'POST ', '/', '/distfiles/', 'package-1-1.2.3.tar.xz', '%2F', '%25', '%', '..',
    '?mirrorlist', '?meta4', '?explain', '?country=de', '?avoid=', '&', '=', ' HTTP/1.1\r\n', ' HTTP/1.0\r\n',
    'Host: h\r\n', 'Host: ', '\r\n', '\r\n\r\n', 'X-Forwarded-For: ', '1.2.3.4', '::1', ', ', 'Accept: ',
    'application/metalink4+xml', 'application/json', ';q=0.', 'Want-Repr-Digest: sha-256=1\r\n',
    'Content-Length: 999999999999999999\r\n', 'Content-Length: 18446744073709551616\r\n', 'Range: bytes=0-\r\n',
    'CloudFront-Viewer-Country: ', 'DE\r\n', 'XX\r\n', 'Forwarded: for="[2001:db8::1]:4711";proto=https\r\n',
    '\0', '\t', 'ä', '\u{10ffff}', 'Transfer-Encoding: chunked\r\n', 'a'.repeat(300), '9'.repeat(40)]
const times = [0, now, 2147483647, 2147483648, 4294967296, 253402300799, -1, NaN, Infinity, 1e300]

function head() {
    if (random() < 0.3) {
        return Array.from({ length: below(12) }, () => pick(pieces)).join('')
    }
    const path = Array.from({ length: below(6) }, () => pick(pieces)).join('').replace(/[\s\0]/g, '')
    const fields = Array.from({ length: below(5) }, () => pick(pieces)).join('')
    return `${pick(['GET', 'HEAD'])} /${path} HTTP/1.1\r\nHost: h\r\n${fields}\r\n\r\n`
}

function ask(text, time) {
    let answer
    for (let tries = 0; (answer = core.answer(text, time, tries < 4))?.wants; tries++) {
        core.miss(answer.wants, random() < 0.5, time)
    }
    if (answer && !/^HTTP\/1\.1 (200|302|4\d\d|50[358]) [^\r\n]+\r\n([^\r\n]+\r\n)+\r\n/.test(answer.text)) {
        traps++
        complaints.push(`${JSON.stringify(text)} -> ${JSON.stringify(answer.text.slice(0, 300))}`)
    }
}

for (let count = 0; count < Number(requests); count++) ask(head(), random() < 0.1 ? pick(times) : now)
for (let count = 0; count < Number(maps); count++) {
    const damaged = Buffer.from(map)
    for (let flips = 1 + below(8); flips > 0; flips--) {
        // Most of it in the header and in the access points.
        const place = random() < 0.7 ? below(Math.min(4096, damaged.length)) : below(damaged.length)
        damaged[place] = random() < 0.5 ? damaged[place] ^ 1 << below(8) : below(256)
    }
    const end = random() < 0.1 ? below(damaged.length) : damaged.length
    // As if its checksum fitted.
    core.take(`maps/${region}.map`, damaged.subarray(0, end), now, true)
    for (let asks = 0; asks < 3; asks++) {
        ask(`GET /distfiles/${below(256)}/package-${below(600)}-1.2.3.tar.xz${pick(['', '?mirrorlist',
            '?explain', '?meta4'])} HTTP/1.1\r\nHost: h\r\nCloudFront-Viewer-Country: DE\r\n\r\n`, now)
    }
}
console.log(`${requests} requests, ${maps} damaged maps, seed ${seedText}: ${traps} faults`)
for (const text of complaints.slice(0, 5)) console.log(text)
process.exit(traps ? 1 : 0)
