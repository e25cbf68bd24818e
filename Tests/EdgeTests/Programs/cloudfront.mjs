// cloudfront.mjs HANDLER STATE POLICY [PORT]: a double of CloudFront in front of a function of
// Lambda@Edge.
//
// It keeps the contract of the AWS guide (Lambda@Edge event structure; generated responses;
// restrictions; cache policies): builds the event "origin request" from a socket, enforces what a
// generated response may be and answers 502 as CloudFront does, and keeps a cache by the policies
// in POLICY, a JSON of those in the template. STATE is the folder behind /_/state/, of which
// POLICY's `readable` is served alone. It prints its port on the first line, then the log of the
// function. A request sets the viewer's country by X-Test-Country, its place and network by
// X-Test-Latitude, X-Test-Longitude and X-Test-ASN, its scheme by X-Test-Scheme, its address by
// X-Test-Address. X-Test-State on /_/control sets how state answers: ok, down, slow or torn. With
// POLICY's `tls` (files of key and certificate) state is served by TLS on a port of its own, which
// is then the distribution's name.

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createServer as createTLSServer } from 'node:https'

const [handlerPath, stateFolder, policyPath] = process.argv.slice(2)
const policy = JSON.parse(readFileSync(policyPath))
const readOnly = ['content-length', 'host', 'transfer-encoding', 'via']
const disallowed = ['connection', 'expect', 'keep-alive', 'proxy-authenticate', 'proxy-authorization',
    'proxy-connection', 'trailer', 'upgrade', 'x-accel-buffering', 'x-accel-charset', 'x-accel-limit-rate',
    'x-accel-redirect', 'x-cache', 'x-edge-request-id', 'x-forwarded-proto', 'x-real-ip']
const disallowedStarts = ['x-amz-cf-', 'x-amzn-', 'x-edge-']
let stateMode = 'ok', counts = { calls: 0, hits: 0, state: 0, notModified: 0, keys: {} }
const cache = new Map()

/** Why CloudFront would answer 502 to this response; null where it is in order. */
function problem(response) {
    if (response === null || typeof response !== 'object') return 'it is no object'
    for (const key of Object.keys(response)) {
        if (!['status', 'statusDescription', 'headers', 'body', 'bodyEncoding'].includes(key)) {
            return `unknown key ${key}`
        }
    }
    if (typeof response.status !== 'string' || !/^[2-5]\d\d$/.test(response.status)) return 'status'
    if (!['undefined', 'string'].includes(typeof response.statusDescription)) return 'statusDescription'
    if (!['undefined', 'string'].includes(typeof response.body)) return 'body'
    if (!['undefined', 'text', 'base64'].includes(response.bodyEncoding ?? 'undefined')) return 'bodyEncoding'
    let size = Buffer.byteLength(response.body ?? '')
    for (const [name, values] of Object.entries(response.headers ?? {})) {
        if (name !== name.toLowerCase()) return `the key ${name} is not in lower case`
        if (readOnly.includes(name)) return `${name} is read-only`
        if (disallowed.includes(name) || disallowedStarts.some(start => name.startsWith(start))) {
            return `${name} is not allowed`
        }
        if (!Array.isArray(values) || !values.length) return `${name} is no list`
        for (const { key, value, ...rest } of values) {
            if (Object.keys(rest).length || typeof value !== 'string') return `the value of ${name}`
            if (key !== undefined && key.toLowerCase() !== name) return `the key of ${name}`
            if (/[\0-\x08\x0a-\x1f\x7f]/.test(value) || !/^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name)) {
                return `control bytes in ${name}`
            }
            size += name.length + Buffer.byteLength(value) + 4
        }
    }
    return size > 1_000_000 ? 'it has more than 1 MB' : null
}

/** The headers that the policies pass on, as the event has them. */
function eventHeaders(request, viewer) {
    const headers = {
        host: [{ key: 'Host', value: policy.originHost }],
        'user-agent': [{ key: 'User-Agent', value: 'Amazon CloudFront' }],
        via: [{ key: 'Via', value: '2.0 double (CloudFront)' }],
        'x-forwarded-for': [{ key: 'X-Forwarded-For', value:
            [request.headers['x-forwarded-for'], viewer.address].filter(Boolean).join(', ') }],
    }
    for (const name of [...policy.cacheHeaders, ...policy.originHeaders]) {
        const low = name.toLowerCase()
        const value = viewer.told[low] ?? request.headers[low]
        // CloudFront overwrites its own, and takes away what a client sends under their names.
        if (value !== undefined && !low.startsWith('cloudfront-') || viewer.told[low] !== undefined) {
            headers[low] = [{ key: name, value }]
        }
    }
    return headers
}

/** The bucket: what its policy lets CloudFront read, with an ETag. */
function state(key, tag, response) {
    counts.state++
    counts.keys[key] = (counts.keys[key] ?? 0) + 1
    if (stateMode === 'down') return response.socket.destroy()
    if (stateMode === 'slow') return
    const isReadable = policy.readable.some(pattern =>
        new RegExp('^' + pattern.replace(/[.]/g, '\\.').replaceAll('*', '.*') + '$').test(key))
    let bytes
    try {
        bytes = isReadable ? readFileSync(`${stateFolder}/${key}`) : null
    } catch {
        bytes = null
    }
    if (!bytes) return say(response, 403, '')
    const etag = `"${createHash('md5').update(bytes).digest('hex')}"`
    if (tag === etag) {
        counts.notModified++
        return response.writeHead(304, { ETag: etag }).end()
    }
    response.writeHead(200, { ETag: etag, 'Content-Length': bytes.length })
    if (stateMode === 'torn') {
        response.write(bytes.subarray(0, bytes.length / 2), () => response.socket.destroy())
    } else {
        response.end(bytes)
    }
}

function say(response, status, text) {
    response.writeHead(status, { 'Content-Length': Buffer.byteLength(text) }).end(text)
}

let handler
async function answer(request, response) {
    const mark = request.url.indexOf('?')
    const uri = mark < 0 ? request.url : request.url.slice(0, mark)
    if (uri === '/_/control') {
        stateMode = request.headers['x-test-state'] ?? stateMode
        return say(response, 200, JSON.stringify({ ...counts, rss: process.memoryUsage.rss() }))
    }
    if (uri.startsWith('/_/state/')) {
        return state(uri.slice(9), request.headers['if-none-match'], response)
    }
    if (!['GET', 'HEAD'].includes(request.method)) return say(response, 403, '')
    const viewer = {
        address: request.headers['x-test-address'] ?? '192.0.2.7',
        told: {
            'cloudfront-forwarded-proto': request.headers['x-test-scheme'] ?? 'https',
            'cloudfront-viewer-country': request.headers['x-test-country'],
            'cloudfront-viewer-latitude': request.headers['x-test-latitude'],
            'cloudfront-viewer-longitude': request.headers['x-test-longitude'],
            'cloudfront-viewer-asn': request.headers['x-test-asn'],
        },
    }
    const querystring = mark < 0 ? '' : request.url.slice(mark + 1)
    const headers = eventHeaders(request, viewer)
    // Header values of the cache policy, the path and the query; HEAD and GET share an object.
    const cacheKey = JSON.stringify([request.method, uri, querystring,
        policy.cacheHeaders.map(name => headers[name.toLowerCase()]?.[0].value)])
    const kept = cache.get(cacheKey)
    let result = kept && kept.until > Date.now() ? kept.result : null
    if (result) {
        counts.hits++
    } else {
        counts.calls++
        try {
            result = await handler({ Records: [{ cf: {
                config: { distributionDomainName: `127.0.0.1:${(secure ?? server).address().port}`,
                    distributionId: 'EDOUBLE', eventType: 'origin-request', requestId: `r${counts.calls}` },
                request: { clientIp: viewer.address, method: request.method, uri, querystring, headers,
                    origin: { custom: { domainName: policy.originHost, customHeaders: {} } } },
            } }] })
        } catch (error) {
            return say(response, 502, `LambdaExecutionError: ${error.stack}`)
        }
        const why = problem(result)
        if (why) return say(response, 502, `LambdaValidationError: ${why}`)
        const control = result.headers?.['cache-control']?.[0].value ?? ''
        const age = /no-store/.test(control) ? 0 : Number(/max-age=(\d+)/.exec(control)?.[1] ?? policy.defaultTTL)
        const seconds = Math.max(policy.minTTL, Math.min(age, policy.maxTTL))
        if (seconds > 0) cache.set(cacheKey, { until: Date.now() + seconds * 1000, result })
    }
    for (const [name, values] of Object.entries(result.headers ?? {})) {
        response.setHeader(name, values.map(({ value }) => value))
    }
    response.setHeader('Content-Length', Buffer.byteLength(result.body ?? ''))
    response.writeHead(Number(result.status), result.statusDescription)
    response.end(request.method === 'HEAD' ? '' : result.body ?? '')
}

const serve = (request, response) => {
    answer(request, response).catch(error => response.writeHead(500).end(`${error.stack}`))
}
const server = createServer(serve)
const secure = policy.tls && createTLSServer(
    { key: readFileSync(policy.tls.key), cert: readFileSync(policy.tls.cert) }, serve)
if (secure) await new Promise(resolve => secure.listen(0, '127.0.0.1', resolve))
server.listen(Number(process.argv[5] ?? 0), '127.0.0.1', async () => {
    // The function is loaded when the state is there to be asked.
    process.env.AWS_REGION ??= 'eu-central-1'
    try {
        ({ handler } = await import(handlerPath))
    } catch (error) {
        handler = () => { throw error }
    }
    console.log(server.address().port)
})
