// state.mjs: keeps a core's blobs up to date, by a host's own way of fetching them.

import { isWatched } from './core.mjs'

export class State {
    #core
    #fetch
    #seconds
    #patience
    #isWhole
    /** By key the ETag of the version that the core has, or had and refused. */
    #tags = new Map()
    #lookedAt = 0

    /**
     * `fetch(key, tag, signal)` resolves to { status, tag, bytes }. A look takes place every `seconds`, and
     * a request waits no longer than `patience` milliseconds for it. `isWhole(key, bytes)` is true for a map
     * whose checksum the host has found to be right, so that the core need not calculate it.
     */
    constructor(core, fetch, { seconds = 30, patience = 300, isWhole = () => false } = {}) {
        this.#core = core
        this.#fetch = fetch
        this.#seconds = Number.isFinite(seconds) ? seconds : 30
        this.#patience = patience
        this.#isWhole = isWhole
    }

    /** Looks whether there are newer blobs, where the last look is some time ago; undefined where it is not. */
    look(now) {
        // A clock that went back is no reason to wait.
        if (Math.abs(now - this.#lookedAt) < this.#seconds) return
        this.#lookedAt = now
        return this.#bring(this.#core.watchedKeys, now, this.#patience)
    }

    /** Brings the map for the first request before it comes, within `patience` milliseconds. */
    async warm(request, now, patience = 2000) {
        this.#lookedAt = now
        await this.#bring(['health'], now, patience)
        await this.answer(request, now, patience)
    }

    /** The answer to a request's head, null as of the core; a promise of it where blobs are brought first. */
    answer(head, now, patience = this.#patience) {
        const answer = this.#core.answer(head, now)
        return answer?.wants ? this.#bringFor(head, answer.wants, now, patience) : answer
    }

    /** The answer to a request that wants the blob `key`, and whatever it wants next. */
    async #bringFor(head, key, now, patience) {
        const end = performance.now() + patience
        for (let tries = 1; tries < 6; tries++) {
            await this.#bring([key], now, end - performance.now(), true)
            const answer = this.#core.answer(head, now, tries < 5 && performance.now() < end)
            if (!answer?.wants) return answer
            key = answer.wants
        }
        return null
    }

    async #bring(keys, now, patience, isWanted = false) {
        const signal = AbortSignal.timeout(Math.max(1, Math.ceil(patience)))
        await Promise.all(keys.map(key => this.#bringOne(key, now, signal, isWanted)))
    }

    async #bringOne(key, now, signal, isWanted) {
        try {
            // What the core wants it lacks, whatever version it had: after a trap it has lost its
            // blobs.
            const known = isWanted ? undefined : this.#tags.get(key)
            const { status, tag, bytes } = await this.#fetch(key, known, signal)
            if (status === 304) return
            if (status !== 200) {
                // S3 says 403 for what is not there to those who may not list.
                this.#core.miss(key, status === 404 || status === 403, now)
                return
            }
            const problem = this.#core.take(key, bytes, now, this.#isWhole(key, bytes))
            if (tag && isWatched(key)) this.#tags.set(key, tag)
            if (problem) console.error(`redirector: the last good version stays: ${problem}`)
        } catch (error) {
            this.#core.miss(key, false, now)
            console.error(`redirector: ${key} cannot be fetched: ${error}`)
        }
    }
}
