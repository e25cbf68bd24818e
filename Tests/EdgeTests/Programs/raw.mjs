// raw.mjs: redirector.wasm without its host modules: any bytes as a request's head, and every trap
// is seen.

export class Raw {
    #module
    #configuration
    #wasm

    constructor(module, configuration) {
        this.#module = module
        this.#configuration = Buffer.from(JSON.stringify(configuration))
        this.restart()
    }

    /** Begins anew, without blobs, as behind a trap. */
    restart() {
        this.#wasm = new WebAssembly.Instance(this.#module).exports
        const length = this.#wasm.edge_configure(...this.#put(this.#configuration))
        if (length) throw new Error(this.#text(length).toString())
    }

    /** Made anew with each call: the memory may have grown. */
    get #memory() { return Buffer.from(this.#wasm.memory.buffer) }

    #put(bytes) {
        const start = this.#wasm.edge_allocate(bytes.length) >>> 0
        this.#memory.set(bytes, start)
        return [start, bytes.length]
    }

    #text(length) {
        const start = this.#wasm.edge_text() >>> 0
        return Buffer.from(this.#memory.subarray(start, start + length))
    }

    /** { answer }, or { wants }: the key of a blob. Null for a head that is longer than there is room for. */
    answer(head, now, isPatient) {
        if (head.length > this.#wasm.edge_head_capacity()) return null
        const start = this.#wasm.edge_head() >>> 0
        this.#memory.set(head, start)
        const length = this.#wasm.edge_answer(head.length, now, isPatient ? 1 : 0)
        return length < 0 ? { wants: this.#text(-length).toString() } : { answer: this.#text(length) }
    }

    /** What is wrong with the blob, or null. */
    take(key, bytes, now, isVerified = false) {
        const length = this.#wasm.edge_take(
            ...this.#put(Buffer.from(key)), ...this.#put(bytes), now, isVerified ? 1 : 0)
        return length ? this.#text(length).toString() : null
    }

    miss(key, isAbsent, now) {
        this.#wasm.edge_miss(...this.#put(Buffer.from(key)), isAbsent ? 1 : 0, now)
    }

    get watchedKeys() { return this.#text(this.#wasm.edge_watched()).toString().split('\n') }

    get byteCount() { return this.#wasm.memory.buffer.byteLength }
}
