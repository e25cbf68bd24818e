import Foundation

/// One line of `truth.tsv`: where a mirror differs from the master.
package struct MirrorFault: Hashable, Sendable {
    package let mirror: String
    package let path: [UInt8]
    /// The kind of fault: `missing`, `truncated`, `dangling` and so on.
    package let fault: String
    /// The length on the master; nil if it has none.
    package let expectedByteCount: Int?
    /// The length on the mirror; nil if it has none.
    package let actualByteCount: Int?

    package init(
        mirror: String,
        path: [UInt8],
        fault: String,
        expectedByteCount: Int? = nil,
        actualByteCount: Int? = nil
    ) {
        self.mirror = mirror
        self.path = path
        self.fault = fault
        self.expectedByteCount = expectedByteCount
        self.actualByteCount = actualByteCount
    }

    /// Whether a client that asks the mirror for the path does not get what the master has.
    ///
    /// An `outdated` file differs only in its time, nobody asks for an `extra` one, and a
    /// `stale-link` leads to something that may be right or wrong.
    package var withholdsFile: Bool {
        !["outdated", "extra", "stale-link"].contains(fault)
    }

    /// Reads `truth.tsv`: five columns separated by tabs; comments begin with `#`.
    package static func read(_ path: String) throws -> [MirrorFault] {
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        return bytes.split(separator: UInt8(ascii: "\n")).compactMap { line in
            guard line.first != UInt8(ascii: "#") else { return nil }
            let columns = line.split(
                separator: UInt8(ascii: "\t"),
                omittingEmptySubsequences: false
            )
            guard columns.count == 5 else { return nil }
            func text(_ index: Int) -> String { String(decoding: columns[index], as: UTF8.self) }
            return MirrorFault(
                mirror: text(0),
                path: Array(columns[1]),
                fault: text(2),
                expectedByteCount: Int(text(3)),
                actualByteCount: Int(text(4))
            )
        }
    }
}
