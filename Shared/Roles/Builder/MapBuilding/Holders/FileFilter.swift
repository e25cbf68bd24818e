import Mirrors

/// How many files a mirror's rules exclude, or would exclude if they were enforced.
package struct RuleCounts: Hashable, Sendable {
    /// Files outside the prefixes.
    package var prefixes = 0
    /// Files above the maximum size.
    package var maximumFileSize = 0

    package init() {}

    /// Whether any enforced rule excluded a file.
    func isExcluding(_ rules: MirrorRules) -> Bool {
        (prefixes > 0 && rules.prefixes?.applied != nil)
            || (maximumFileSize > 0 && rules.maximumFileSize?.applied != nil)
    }
}

/// A mirror's rules about files.
struct FileFilter {
    /// Without trailing slashes.
    private let prefixes: [ArraySlice<UInt8>]?
    private let prefixesCount: Bool
    private let maximumFileSize: UInt64?
    private let maximumFileSizeCounts: Bool
    private(set) var counts = RuleCounts()

    init(_ rules: MirrorRules) {
        prefixes = rules.prefixes?.value.map { path in
            path.bytes.last == UInt8(ascii: "/") ? path.bytes.dropLast() : path.bytes[...]
        }
        prefixesCount = rules.prefixes?.applied != nil
        maximumFileSize = rules.maximumFileSize?.value
        maximumFileSizeCounts = rules.maximumFileSize?.applied != nil
    }

    var isEmpty: Bool { prefixes == nil && maximumFileSize == nil }

    /// Whether a file passes.
    ///
    /// Counts it once for each rule that it breaks.
    ///
    /// A prefix covers the entry with that path and everything below it; a directory has no size.
    mutating func admits(path: ArraySlice<UInt8>, byteCount: UInt64?) -> Bool {
        var isAdmitted = true
        if let prefixes, !prefixes.contains(where: { Self.covers($0, path) }) {
            counts.prefixes += 1
            if prefixesCount { isAdmitted = false }
        }
        if let maximumFileSize, byteCount ?? 0 > maximumFileSize {
            counts.maximumFileSize += 1
            if maximumFileSizeCounts { isAdmitted = false }
        }
        return isAdmitted
    }

    private static func covers(_ prefix: ArraySlice<UInt8>, _ path: ArraySlice<UInt8>) -> Bool {
        guard path.starts(with: prefix) else { return false }
        return path.count == prefix.count
            || path[path.startIndex + prefix.count] == UInt8(ascii: "/")
    }
}
