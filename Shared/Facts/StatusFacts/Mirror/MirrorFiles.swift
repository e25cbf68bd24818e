import Catalogs
import CheckStates
import Mirrors
package import Time

/// The files that a mirror has, lacks, and has wrong, over all URLs that clients can be sent to.
package struct MirrorFiles: Sendable {
    /// Proven at one of its URLs at least.
    package var held: FileBits
    /// Held files that no client gets from it, because it lacks others of their sets.
    package var withheld: FileBits
    /// Answered with "no such file", and seen at none of its URLs.
    package var absent: FileBits
    /// Of another length or an earlier version, and right at none of its URLs.
    package var wrong: FileBits
    /// The wrong files of an earlier version; without room if there are none.
    package var stale: FileBits
    /// Refused at one of its URLs, and nothing better is known.
    package var refused: FileBits
    /// For each file of another length, that length.
    package var wrongByteCounts: [Int: UInt64] = [:]
    /// For absent and wrong files, since when; for the first few of each, and the examples of
    /// causes.
    package var since: [Int: Timestamp] = [:]

    init(count: Int) {
        held = FileBits(count: count)
        withheld = held
        absent = held
        wrong = held
        stale = FileBits(count: 0)
        refused = held
    }

    /// Frees the memory of empty sets: most mirrors have three or four of them.
    mutating func dropEmptySets() {
        let none = FileBits(count: 0)
        if withheld.isEmpty { withheld = none }
        if absent.isEmpty { absent = none }
        if wrong.isEmpty { wrong = none }
        if refused.isEmpty { refused = none }
    }

    /// The files that clients may get from it.
    var used: FileBits {
        // Usually this is everything it has, which is then stored once.
        guard !withheld.isEmpty else { return held }
        var used = held
        used.subtract(withheld)
        return used
    }
}
