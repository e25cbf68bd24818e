// deno.mjs WASM HOSTS STATE_URL: the host module for fetch in Deno; prints its port on the first
// line.

const [wasm, hosts, stateURL] = Deno.args
const { redirector } = await import(`${hosts}/fetch.mjs`)
const answer = redirector(new WebAssembly.Module(await Deno.readFile(wasm)), {
    FALLBACK_URL: 'https://fallback.example/all/', REGION: 'europe', STATE_URL: stateURL,
})
Deno.serve({ hostname: '127.0.0.1', port: 0, onListen: ({ port }) => console.log(port) },
    (request, { remoteAddr }) => {
        // What the host knows, as Cloudflare's request.cf has it.
        const viewer = {}
        for (const name of ['country', 'latitude', 'longitude', 'asn']) {
            const value = request.headers.get(`x-test-${name}`)
            if (value !== null) viewer[name] = name === 'asn' ? Number(value) : value
        }
        return answer(request, remoteAddr.hostname, viewer)
    })
