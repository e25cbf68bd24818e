import Foundation
import TestSupport

/// A clock that functions take for the real one and that tests move, by means of Debian's
/// libfaketime.
///
/// Statically linked functions keep the real time, so a course ends at the present.
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

    /// The environment in which a function sees this time; waiting uses the real clock, and files
    /// have their real times.
    var environment: [String: String] {
        [
            "LD_PRELOAD": Self.library ?? "", "FAKETIME": (offset < 0 ? "" : "+") + "\(offset)",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1", "NO_FAKE_STAT": "1", "FAKETIME_DONT_RESET": "1",
        ]
    }
}
