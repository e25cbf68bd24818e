/// What is remembered of a mirror: 16 bits of its seed, enough to tell it from the few others of a
/// choice.
package struct MirrorMark: Hashable, Sendable {
    let bits: UInt64

    package init(seed: UInt64) {
        bits = seed &>> 48
    }

    init(bits: UInt64) {
        self.bits = bits
    }
}
