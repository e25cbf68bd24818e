// fuzz.mjs WASM STATE REGION FUZZ SEED REQUESTS BLOBS: random requests and damaged blobs against
// the core.
//
// Requests are made of the server's own corpus, FUZZ/requests, and of its dictionary,
// FUZZ/requests.dict; answers are judged by the rules of Tests/RequestJudge. STATE has the blobs of
// REGION. Ends with 1 behind a trap, a broken rule, or memory that only grows.

import { readdirSync, readFileSync, existsSync } from 'node:fs'
import { Raw } from './raw.mjs'

const [wasm, folder, region, fuzz, seedText, requests, blobs] = process.argv.slice(2)
const now = 1700000000
let faults = 0

function complain(what, input) {
    if (++faults <= 5) console.error(`${what}\n    ${JSON.stringify(input.toString('latin1').slice(0, 600))}`)
}

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

const configuration = { FALLBACK_URL: 'https://fallback.example/all/', REGION: region, DEFAULT_REGION: region }
const read = key => existsSync(`${folder}/${key}`) ? readFileSync(`${folder}/${key}`) : null
const mapKey = `maps/${region}.map`, reportKey = `maps/${region}.report.json`
const detailsKey = `details/${readdirSync(`${folder}/details`)[0]}`
const good = new Map([mapKey, 'health', detailsKey, reportKey].map(key => [key, read(key)]))
const module = new WebAssembly.Module(readFileSync(wasm))

/** With REDIRECT_MAX_AGE, without, and where regions are not known yet. */
const cores = [configuration, { ...configuration, REDIRECT_MAX_AGE: 60 }, { ...configuration, REGION: 'auto' }]
    .map(configuration => new Raw(module, configuration))

function start(core) {
    core.restart()
    for (const key of [mapKey, 'health']) core.take(key, good.get(key), now)
}
for (const core of cores) start(core)

// MARK: Requests

const corpus = readdirSync(`${fuzz}/requests`).map(name => readFileSync(`${fuzz}/requests/${name}`).subarray(2))
const dictionary = readFileSync(`${fuzz}/requests.dict`, 'utf8').split('\n').flatMap(line => {
    const text = /^[^"#]*"(.*)"$/.exec(line)?.[1]
    if (text === undefined) return []
    return Buffer.from(text.replace(/\\x([0-9a-fA-F]{2})|\\(.)/g,
        (_, hex, plain) => hex ? String.fromCharCode(parseInt(hex, 16)) : plain), 'latin1')
})
dictionary.push(...['CloudFront-Viewer-Country: DE\r\n',
    'cloudfront-viewer-country: xx\r\n', 'X-Forwarded-Proto: https\r\n',
    'Content-Length: 999999999999999999\r\n', 'Content-Length: 18446744073709551616\r\n', 'Range: bytes=0-\r\n',
    'Forwarded: for="[2001:db8::1]:4711";proto=https\r\n', 'a'.repeat(300), '9'.repeat(40), '\u00e4', '\u{10ffff}',
    '/distfiles/0/package-0-1.2.3.tar.xz', '?country=de', '?avoid=mirror1', '\0', '\t'].map(text => Buffer.from(text)))
const times = [0, now, now + 86400, 2147483647, 2147483648, 4294967296, 253402300799, -1, NaN, Infinity, 1e300]

/** The two bytes of route and cut are not there; a few changes of one input, or two of them joined. */
function mutated() {
    if (random() < 0.25) {
        // What a host sends: well formed but for its parts.
        const path = Array.from({ length: 1 + below(5) }, () => pick(dictionary).toString('latin1'))
            .join('').replace(/[\s\0]/g, '')
        const fields = Array.from({ length: below(5) }, () => pick(dictionary).toString('latin1')).join('')
        return Buffer.from(`${pick(['GET', 'HEAD'])} /${path} HTTP/1.1\r\nHost: h\r\n${fields}\r\n\r\n`, 'latin1')
    }
    let bytes = pick(corpus)
    for (let changes = below(5); changes > 0; changes--) {
        const place = below(bytes.length + 1)
        switch (below(5)) {
        case 0: bytes = Buffer.concat([bytes.subarray(0, place), pick(dictionary), bytes.subarray(place)]); break
        case 1: bytes = Buffer.concat([bytes.subarray(0, place), pick(corpus).subarray(below(64))]); break
        case 2: bytes = Buffer.concat([bytes.subarray(0, place), bytes.subarray(place + below(16))]); break
        default:
            bytes = Buffer.from(bytes)
            if (place < bytes.length) bytes[place] = random() < 0.5 ? below(256) : bytes[place] ^ 1 << below(8)
        }
    }
    return bytes
}

const bases = ['https://fallback.example/all/',
    ...new Set(good.get(mapKey).toString('latin1').match(/https?:\/\/[a-z0-9.-]+\//g))]

/** Why the answer breaks a rule; undefined where it does not. */
function fault(answer, head, isWhole) {
    const end = answer.indexOf('\r\n\r\n')
    if (end < 0) return 'no end of the head'
    const lines = answer.toString('latin1', 0, end).split('\r\n'), body = answer.length - end - 4
    if (!/^HTTP\/1\.1 [2345]\d\d [ -~]+$/.test(lines[0])) return 'status'
    let locations = 0, length
    for (const line of lines.slice(1)) {
        const field = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+): ([ -~]*)$/.exec(line)
        if (!field) return `a line that is no field: ${line}`
        const value = field[2]
        switch (field[1].toLowerCase()) {
        case 'content-length':
            if (length !== undefined || !/^\d{1,9}$/.test(value)) return 'Content-Length'
            length = Number(value)
            break
        case 'location': {
            locations++
            const path = /^[^?]*/.exec(value)[0], hasQuery = path.length < value.length
            if (isWhole && !bases.some(base => value.startsWith(base))) return `Location: ${value}`
            if (isWhole && !/^https?:\/\/[A-Za-z0-9._:\[\]-]+\/[A-Za-z0-9._~\/%-]*$/.test(path)) {
                return `Location: ${value}`
            }
            if (/\/\.\.(\/|$)/.test(path.slice(8))) return `Location: ${value}`
            if (hasQuery && !value.startsWith(bases[0])) return 'a query for a mirror'
            break
        }
        case 'link':
            if (!/^[^<>]*(<[^<>]*>[^<>]*)*$/.test(value)) return `Link: ${value}`
        }
    }
    if (locations !== (/^HTTP\/1\.1 3/.test(lines[0]) ? 1 : 0)) return `${locations} Locations`
    if (length === undefined) return 'no Content-Length'
    if (body !== length && !(body === 0 && /^[\r\n]*HEAD /.test(head.toString('latin1', 0, 64)))) {
        return `${body} bytes of body, announced ${length}`
    }
}

function ask(core, head, time, isWhole = true) {
    try {
        let result
        for (let tries = 0; (result = core.answer(head, time, tries < 4))?.wants; tries++) {
            const bytes = random() < 0.5 ? good.get(result.wants) : null
            if (!bytes || core.take(result.wants, bytes, time) !== null) core.miss(result.wants, random() < 0.5, time)
        }
        const why = result && fault(result.answer, head, isWhole)
        if (why) complain(why, Buffer.concat([head, Buffer.from('\n->\n'), result.answer]))
    } catch (error) {
        complain(error.stack, head)
        start(core)
    }
}

for (let count = 0; count < Number(requests); count++) {
    ask(cores[count % cores.length], mutated(), random() < 0.1 ? pick(times) : now)
}
const answered = Math.max(...cores.map(core => core.byteCount))

// MARK: Blobs

const [core] = cores
for (let count = 0; count < Number(blobs); count++) {
    // Maps above all; the others in between.
    const key = count % 10 ? mapKey : pick(['health', detailsKey, reportKey, 'regions.json'])
    const whole = good.get(key) ?? Buffer.from('{"version":1,"regions":[{"name":"Europe","location":{"latitude":50.1,'
        + '"longitude":8.7},"countries":["DE","FR"]}]}')
    const damaged = Buffer.from(whole)
    for (let flips = 1 + below(8); flips > 0; flips--) {
        // Most of it in the header and in the access points.
        const place = random() < 0.7 ? below(Math.min(4096, damaged.length)) : below(damaged.length)
        damaged[place] = random() < 0.5 ? damaged[place] ^ 1 << below(8) : below(256)
    }
    const end = random() < 0.1 ? below(damaged.length) : damaged.length
    try {
        // A tenth as it is; the others as if the checksum fitted.
        core.take(key, damaged.subarray(0, end), now, random() < 0.9)
    } catch (error) {
        complain(`${key}: ${error.stack}`, damaged.subarray(0, 64))
        start(core)
    }
    for (let asks = 0; asks < 3; asks++) {
        ask(core, Buffer.from(`GET /distfiles/${below(256)}/package-${below(600)}-1.2.3.tar.xz${pick(['', '?mirrorlist',
            '?explain', '?meta4'])} HTTP/1.1\r\nHost: h\r\nCloudFront-Viewer-Country: DE\r\n\r\n`), now, false)
    }
    if (count % 50 === 49) for (const key of [mapKey, 'health']) core.take(key, good.get(key), now)
}
const memory = Math.max(...cores.map(core => core.byteCount))
console.log(`${requests} requests, ${blobs} damaged blobs, seed ${seedText}: ${faults} faults; ` +
    `memory ${(answered / 1e6).toFixed(1)} MB behind the requests, ${(memory / 1e6).toFixed(1)} MB at the end`)
process.exit(faults || memory > 64e6 ? 1 : 0)
