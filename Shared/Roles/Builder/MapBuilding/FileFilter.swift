import Mirrors

/// How many files a mirror's rules about files exclude, or would if they were not on trial.
package struct RuleCounts: Hashable, Sendable {
    /// Files outside of the prefixes.
    package var prefixes = 0
    /// Files that are larger.
    package var maximumFileSize = 0

    package init() {}

    /// Whether any rule that counts excluded a file.
    func isExcluding(_ rules: MirrorRules) -> Bool {
        (prefixes > 0 && rules.prefixes?.applied != nil)
            || (maximumFileSize > 0 && rules.maximumFileSize?.applied != nil)
    }
}

/// The rules of one mirror about files.
struct FileFilter {
    /// Each without a slash at its end.
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

    /// Whether a file passes; counts it for each broken rule.
    ///
    /// A prefix covers the entry of that path and all below; a directory has no size.
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
