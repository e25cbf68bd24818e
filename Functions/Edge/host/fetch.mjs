// fetch.mjs: the redirector for hosts with fetch(Request): Cloudflare Workers, Deno, Bun.
//
//     import { redirector } from './fetch.mjs'
//     const answer = redirector(module, config, fetchBlob)     // once: a WebAssembly.Module, the variables
//     export default { fetch: (request, env, context) => answer(request, address, viewer) }
//
// `viewer` has what the host knows of the client: country, latitude, longitude and asn, each of
// them where it does. Cloudflare's `request.cf` is such an object.
//
// `config` has the names of our variables. Blobs come from STATE_URL, or from `fetchBlob(key, tag,
// signal)`, which resolves to { status, tag, bytes }.

import { fallbackURL, head, parts } from './answer.mjs'
import { Core } from './core.mjs'
import { State } from './state.mjs'

const countryHeader = 'CloudFront-Viewer-Country'

export function redirector(module, config, fetchBlob) {
    const own = async (key, tag, signal) => {
        const headers = tag ? { 'If-None-Match': tag } : {}
        const response = await fetch(new URL(key, config.STATE_URL), { headers, signal })
        return { status: response.status, tag: response.headers.get('etag'),
            bytes: new Uint8Array(await response.arrayBuffer()) }
    }
    const core = new Core(module, config)
    const state = new State(core, fetchBlob ?? own, { seconds: Number(config.MAP_REFRESH_SECONDS ?? 30) })

    /** The answer to `request`; `address` is the client's, `viewer` what the host knows of its place and network. */
    return async function answer(request, address, viewer = {}) {
        // The URL as it is: a URL object has resolved dot segments already, which is the host's
        // doing then.
        const [, scheme, host, target = '/'] = /^(https?):\/\/([^/?#]*)([^#]*)/.exec(request.url) ?? []
        const path = target.startsWith('/') ? target : `/${target}`
        try {
            const now = Date.now() / 1000
            const text = head(request.method, path, host, address, scheme === 'https', countryHeader, viewer ?? {},
                name => request.headers.get(name) ?? undefined)
            if (text) {
                await state.look(now)
                const answer = await state.answer(text, now)
                if (answer) return response(answer.text)
            }
        } catch (error) {
            console.error(`redirector: ${error.stack}`)
        }
        return new Response(null, { status: 302,
            headers: { location: fallbackURL(config.FALLBACK_URL, path), 'cache-control': 'no-store' } })
    }
}

function response(text) {
    const { status, reason, fields, body } = parts(text)
    const headers = new Headers()
    for (const [name, value] of fields) {
        if (!/^(connection|content-length|date)$/i.test(name)) headers.append(name, value)
    }
    return new Response(body || null, { status: Number(status), statusText: reason, headers })
}
