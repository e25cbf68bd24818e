// answer.mjs: from a request's parts to the head that the core reads, and from its answer to parts.

/** What would end a line of a head, or an element of one. */
const unsafe = /[\0-\x20\x7f]/
const unsafeInValue = /[\0-\x08\x0a-\x1f\x7f]/

/** Headers of the client that an answer may depend on. */
export const inputs = ['accept', 'range', 'user-agent', 'want-digest', 'want-repr-digest']

/** What a host may know of the client's place and network, and the headers that tell it to the core. */
const places = [['latitude', 'CloudFront-Viewer-Latitude'], ['longitude', 'CloudFront-Viewer-Longitude'],
    ['asn', 'CloudFront-Viewer-ASN']]

/**
 * The head of a request. `client` is the client's address; `viewer` has what the host knows of it, never what the
 * client says itself: `country`, two letters, `latitude` and `longitude` in degrees, and `asn`, a number. `value(name)`
 * returns a header or undefined. Null where a part could be taken for more than it is.
 */
export function head(method, target, host, client, isHTTPS, countryHeader, viewer, value) {
    if (unsafe.test(target) || unsafe.test(method) || unsafe.test(host)) return null
    let text = `${method} ${target} HTTP/1.1\r\nHost: ${host}\r\nX-Forwarded-Proto: ${
        isHTTPS ? 'https' : 'http'}\r\n`
    if (client && !unsafe.test(client)) text += `X-Forwarded-For: ${client}\r\n`
    if (viewer.country && !unsafe.test(viewer.country)) text += `${countryHeader}: ${viewer.country}\r\n`
    for (const [name, header] of places) {
        const known = viewer[name]
        if (known !== undefined && !unsafe.test(known)) text += `${header}: ${known}\r\n`
    }
    for (const name of inputs) {
        const field = value(name)
        if (field !== undefined && !unsafeInValue.test(field)) text += `${name}: ${field}\r\n`
    }
    return text + '\r\n'
}

/** The parts of an answer: its status, its header lines as [name, value], and its body. */
export function parts(text) {
    const end = text.indexOf('\r\n\r\n')
    const lines = text.slice(0, end).split('\r\n')
    const fields = []
    for (let index = 1; index < lines.length; index++) {
        const line = lines[index], colon = line.indexOf(':')
        fields.push([line.slice(0, colon), line.slice(colon + 2)])
    }
    return { status: lines[0].slice(9, 12), reason: lines[0].slice(13), fields, body: text.slice(end + 4) }
}

/** Where a request goes that the core cannot answer: the same path of the fallback host. */
export function fallbackURL(base, target) {
    const path = target.startsWith('/') ? target.slice(1).toWellFormed() : ''
    // What a URL does not hold as it is; escapes that are there stay.
    const encoded = path.replace(/[^!#$%&'()*+,./0-9:;=?@A-Z_a-z~-]/gu, encodeURIComponent)
    return base + (base.endsWith('/') ? '' : '/') + encoded.replace(/#/g, '%23')
}
