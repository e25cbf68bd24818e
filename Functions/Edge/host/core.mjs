// core.mjs: redirector.wasm as an object. What is here knows its memory and its functions; it does
// no input and output, and runs wherever WebAssembly does.

const encoder = new TextEncoder(), decoder = new TextDecoder()

/** Whether a redirect needs the blob, so that a core always has it; a page alone needs the others. */
export const isWatched = key => /^(health|regions\.json|maps\/[^/]*\.map)$/.test(key)

export class Core {
    #module
    #configuration
    #wasm
    #view
    #headView
    /** Blobs by key as they were last taken over, for a new instance after a trap. */
    #blobs = new Map()

    /** `module` is a WebAssembly.Module, `configuration` an object with the names of our variables. */
    constructor(module, configuration) {
        this.#module = module
        this.#configuration = encoder.encode(JSON.stringify(configuration))
        this.#start()
    }

    #start() {
        this.#wasm = new WebAssembly.Instance(this.#module).exports
        this.#view = this.#headView = null
        const [start, count] = this.#put(this.#configuration)
        const length = this.#wasm.edge_configure(start, count)
        if (length) throw new Error(this.#text(length))
        for (const [key, { bytes, now, isVerified }] of this.#blobs) {
            const [name, nameLength] = this.#put(encoder.encode(key))
            const [blob, blobLength] = this.#put(bytes)
            this.#wasm.edge_take(name, nameLength, blob, blobLength, now, isVerified ? 1 : 0)
        }
    }

    /** The memory, which a call that lets it grow puts elsewhere. */
    get #memory() {
        if (!this.#view?.length) this.#view = new Uint8Array(this.#wasm.memory.buffer)
        return this.#view
    }

    /** The part of the memory that heads are written to. */
    get #head() {
        if (!this.#headView?.length) {
            const start = this.#wasm.edge_head() >>> 0
            this.#headView = this.#memory.subarray(start, start + this.#wasm.edge_head_capacity())
        }
        return this.#headView
    }

    #put(bytes) {
        const start = this.#wasm.edge_allocate(bytes.length) >>> 0
        if (!start) throw new Error(`no memory for ${bytes.length} bytes`)
        this.#memory.set(bytes, start)
        return [start, bytes.length]
    }

    #text(length) {
        const start = this.#wasm.edge_text() >>> 0
        return decoder.decode(this.#memory.subarray(start, start + length))
    }

    /** What `call` returns. Behind a trap the instance is made anew, and `otherwise` returned. */
    #guarded(otherwise, call) {
        try {
            return call()
        } catch (error) {
            console.error(`redirector: the core failed: ${error}`)
            try {
                this.#start()
            } catch (again) {
                // A blob that the core cannot stand is not given to it again.
                console.error(`redirector: the core failed with its blobs: ${again}`)
                this.#blobs.clear()
                this.#start()
            }
            return otherwise
        }
    }

    /**
     * Answers a request's head at `now`, in seconds since 1970: { text }, an HTTP/1.1 answer; or { wants },
     * the key of a blob that is to be brought first. Null where the core could not answer.
     */
    answer(head, now, isPatient = true) {
        return this.#guarded(null, () => {
            const { read, written } = encoder.encodeInto(head, this.#head)
            if (read < head.length) return null
            const length = this.#wasm.edge_answer(written, now, isPatient ? 1 : 0)
            return length >= 0 ? { text: this.#text(length) } : { wants: this.#text(-length) }
        })
    }

    /** Takes over the bytes of a blob; what is wrong with them, or null. */
    take(key, bytes, now, isVerified = false) {
        return this.#guarded('the core failed', () => {
            const [name, nameLength] = this.#put(encoder.encode(key))
            const [blob, blobLength] = this.#put(bytes)
            const length =
                this.#wasm.edge_take(name, nameLength, blob, blobLength, now, isVerified ? 1 : 0)
            if (length) return this.#text(length)
            // What only pages need is asked for again when they need it.
            if (isWatched(key)) this.#blobs.set(key, { bytes, now, isVerified })
            return null
        })
    }

    /** Says that a blob could not be brought, or that storage has none. */
    miss(key, isAbsent, now) {
        this.#guarded(null, () => {
            const [name, nameLength] = this.#put(encoder.encode(key))
            this.#wasm.edge_miss(name, nameLength, isAbsent ? 1 : 0, now)
        })
    }

    /** How large its memory is. */
    get byteCount() { return this.#wasm.memory.buffer.byteLength }

    /** The keys of what is to be looked at from time to time. */
    get watchedKeys() {
        return this.#guarded([], () => this.#text(this.#wasm.edge_watched()).split('\n'))
    }
}
