import Foundation
import TestSupport

/// A clock that functions see as real and that tests move: Debian's libfaketime in front of the
/// real one.
///
/// Functions that are linked statically keep the real time, so a course ends where that is.
struct MovedClock {
    /// Nil unless libfaketime is installed (`apt-get install libfaketime`).
    static let library: String? = {
        let folders = (try? FileManager.default.contentsOfDirectory(atPath: "/usr/lib")) ?? []
        return folders.map { "/usr/lib/\($0)/faketime/libfaketimeMT.so.1" }
            .first(where: FileManager.default.fileExists)
    }()

    /// The difference from the real time in seconds; negative before it.
    var offset: Int

    mutating func pass(minutes: Int) { offset += 60 * minutes }

    /// Seconds since 1970.
    var now: Int64 { Int64(Date().timeIntervalSince1970) + Int64(offset) }

    /// What a function needs in its environment to see this time; waiting is by the real clock, and
    /// files have their real times.
    var environment: [String: String] {
        [
            "LD_PRELOAD": Self.library ?? "", "FAKETIME": (offset < 0 ? "" : "+") + "\(offset)",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1", "NO_FAKE_STAT": "1", "FAKETIME_DONT_RESET": "1",
        ]
    }
}
