// lambda-edge.mjs: the handler of Lambda@Edge, for the event "origin request".
//
// It never throws, and never returns what CloudFront refuses: either would be a 502 for the client.
// What the core cannot answer goes to the fallback host. Beside it lie redirector.wasm and
// config.json, whose keys are named like the redirector's variables; docs/deploy-aws.md lists them.

import { readFileSync } from 'node:fs'
import { fallbackURL, head, parts } from './answer.mjs'
import { Core } from './core.mjs'
import { State } from './state.mjs'

const read = name => readFileSync(new URL(name, import.meta.url))
const config = JSON.parse(read('config.json'))
const now = () => Date.now() / 1000

/** The region that a replica of the function is near to, by the beginning of the name that AWS gives it. */
const nearest = Object.entries({
    'ap-southeast-2': 'australia-and-oceania', 'ap-southeast-4': 'australia-and-oceania',
    'af-': 'africa', 'ap-': 'asia', 'ca-': 'north-america', 'eu-': 'europe', 'il-': 'middle-east',
    'me-': 'middle-east', 'mx-': 'north-america', 'sa-': 'south-america', 'us-': 'north-america',
}).find(([start]) => process.env.AWS_REGION?.startsWith(start))?.[1]

/** The folder of the blobs; without STATE_URL that of the distribution which calls first. */
let folder = config.STATE_URL
/** What fetches from there. An import would ask it for all that it exports, which loads WebSockets: 25 ms. */
let client

function fetchBlob(key, tag, signal) {
    const headers = tag ? { 'If-None-Match': tag } : {}
    if (!client) {
        const { Agent, get } = process.getBuiltinModule(folder.startsWith('https:') ? 'node:https' : 'node:http')
        client = { get, agent: new Agent({ keepAlive: true, maxSockets: 8 }) }
    }
    return new Promise((resolve, reject) => {
        const options = { headers, signal, agent: client.agent }
        const request = client.get(new URL(key, folder), options, response => {
            const chunks = []
            let count = 0
            response.on('data', chunk => {
                count += chunk.length
                if (count > 64 << 20) request.destroy(new Error('longer than any blob'))
                chunks.push(chunk)
            })
            response.on('error', reject)
            response.on('aborted', () => reject(new Error('cut off')))
            response.on('end', () => resolve({
                status: response.statusCode, tag: response.headers.etag, bytes: Buffer.concat(chunks),
            }))
        })
        request.on('error', reject)
    })
}

/** Whether a map is as the CRC-32 of its body says (FORMAT.md); where Node cannot tell, the core does. */
function isWhole(key, bytes) {
    if (!key.endsWith('.map') || bytes.length < 20) return false
    const start = bytes.readUInt32LE(8)
    const { crc32 } = process.getBuiltinModule('node:zlib')
    return Boolean(crc32) && start <= bytes.length && crc32(bytes.subarray(start)) === bytes.readUInt32LE(16)
}

let state
try {
    const core = new Core(new WebAssembly.Module(read('redirector.wasm')),
        { NEAREST_REGION: nearest, ...config })
    state = new State(core, fetchBlob, { seconds: Number(config.MAP_REFRESH_SECONDS ?? 30), isWhole })
    // The first map comes while the function starts, which has a whole processor.
    if (folder) await state.warm(head('GET', '/', 'localhost', '', true, '', {}, () => {}), now())
} catch (error) {
    console.error(`redirector: every request goes to the fallback: ${error}`)
}

/** What CloudFront does not let a function send, and what it writes itself. */
const forbidden = new RegExp('^(connection|content-length|date|expect|keep-alive|proxy-.*|trailer|' +
    'transfer-encoding|upgrade|via|x-accel-.*|x-amz-cf-.*|x-amzn-.*|x-cache|x-edge-.*|' +
    'x-forwarded-proto|x-real-ip)$')
/** By name of a header its key in a response, or null. */
const keys = new Map()

function key(name) {
    let key = keys.get(name)
    if (key === undefined) {
        key = name.toLowerCase()
        keys.set(name, key = forbidden.test(key) ? null : key)
    }
    return key
}

/** A response in CloudFront's form; null where it is larger than CloudFront takes. */
function response(text) {
    const { status, reason, fields, body } = parts(text)
    if (text.length > 300_000 && Buffer.byteLength(text) > 1_000_000) return null
    const headers = {}
    for (const [name, value] of fields) {
        const known = key(name)
        if (known) (headers[known] ??= []).push({ key: name, value })
    }
    return { status, statusDescription: reason, headers, body }
}

function fallback(target) {
    return {
        status: '302', statusDescription: 'Found',
        headers: {
            location: [{ key: 'Location', value: fallbackURL(config.FALLBACK_URL, target) }],
            'cache-control': [{ key: 'Cache-Control', value: 'no-store' }],
        },
    }
}

export async function handler(event) {
    let target = '/'
    try {
        const { config: distribution, request } = event.Records[0].cf
        target = request.querystring ? `${request.uri}?${request.querystring}` : request.uri
        const value = name => request.headers[name]?.[0]?.value
        folder ??= `https://${distribution.distributionDomainName}/_/state/`
        // Without REDIRECT_MAX_AGE the origin request policy has CloudFront tell the place, too.
        const viewer = {
            country: value('cloudfront-viewer-country'), latitude: value('cloudfront-viewer-latitude'),
            longitude: value('cloudfront-viewer-longitude'), asn: value('cloudfront-viewer-asn'),
        }
        // Where no policy names the scheme it is taken for https: that never takes a client from
        // it.
        const text = head(request.method, target, distribution.distributionDomainName, request.clientIp,
            value('cloudfront-forwarded-proto') !== 'http', 'CloudFront-Viewer-Country', viewer, value)
        if (!text || !state) return fallback(target)
        // Most requests wait for nothing.
        const look = state.look(now())
        if (look) await look
        let answer = state.answer(text, now())
        if (answer instanceof Promise) answer = await answer
        return answer && response(answer.text) || fallback(target)
    } catch (error) {
        console.error(`redirector: ${error.stack}`)
        return fallback(target)
    }
}
