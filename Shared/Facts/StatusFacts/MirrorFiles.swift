import Catalogs
import CheckStates
import Mirrors
package import Time

/// Which files a mirror has, lacks and has wrong, by all of its URLs that clients can be sent to.
package struct MirrorFiles: Sendable {
    /// Proven by one of its URLs at least.
    package var held: FileBits
    /// Those of `held` that no client gets from it, because it lacks others of their sets.
    package var heldBack: FileBits
    /// Answered by "no such file", and seen by none of its URLs.
    package var absent: FileBits
    /// Of another length, or as before the last change; seen right by none of its URLs.
    package var wrong: FileBits
    /// Those of the wrong files that are as before the last change; without room where there are
    /// none.
    package var stale: FileBits
    /// Refused by one of its URLs, and nothing better known.
    package var refused: FileBits
    /// By file of another length how long it is there.
    package var wrongByteCounts: [Int: UInt64] = [:]
    /// By absent or wrong file since when, for the first few of each and the examples of causes.
    package var since: [Int: Timestamp] = [:]

    init(count: Int) {
        held = FileBits(count: count)
        heldBack = held
        absent = held
        wrong = held
        stale = FileBits(count: 0)
        refused = held
    }

    /// Takes the room of empty sets: most mirrors have three or four of these.
    mutating func dropEmptySets() {
        let none = FileBits(count: 0)
        if heldBack.isEmpty { heldBack = none }
        if absent.isEmpty { absent = none }
        if wrong.isEmpty { wrong = none }
        if refused.isEmpty { refused = none }
    }

    /// What clients may get from it.
    var used: FileBits {
        // Mostly it is all it has, which is then kept once.
        guard !heldBack.isEmpty else { return held }
        var used = held
        used.subtract(heldBack)
        return used
    }
}
