/// A pattern that paths of the tree are held against, such as `latest-*.txt` or `*/current-*`.
///
/// The rules are few, and those of ignore files where they overlap:
///
/// - components are joined by `/`, and match components of the path one by one;
/// - `*` stands for any bytes within a component, also none;
/// - the pattern may match anywhere in the path, or only at its beginning with a `/` in front;
/// - what lies below a match matches as well: `current-*` covers all of `x/current-stage3/`.
///
/// Patterns are bytes as paths are; there is no escape for `*`, and case counts.
package struct PathPattern: Hashable, Sendable, CustomStringConvertible {
    private let isAnchored: Bool
    private let components: [[UInt8]]

    /// Nil for a pattern without components or with an empty one.
    package init?(_ text: String) {
        var bytes = Array(text.utf8)[...]
        isAnchored = bytes.first == UInt8(ascii: "/")
        if isAnchored { bytes = bytes.dropFirst() }
        components = bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            .map(Array.init)
        guard components.allSatisfy({ !$0.isEmpty }) else { return nil }
    }

    /// Whether the path, a run of bytes without a slash at its beginning, matches.
    ///
    /// Takes time in proportion to the lengths of path and pattern multiplied.
    package func matches(_ path: ArraySlice<UInt8>) -> Bool {
        var rest = path
        while true {
            if matchesBeginning(of: rest) { return true }
            guard !isAnchored, let slash = rest.firstIndex(of: UInt8(ascii: "/")) else {
                return false
            }
            rest = rest[(slash + 1)...]
        }
    }

    private func matchesBeginning(of path: ArraySlice<UInt8>) -> Bool {
        var start = path.startIndex
        for (number, pattern) in components.enumerated() {
            if number > 0 {
                guard start < path.endIndex else { return false }
                start += 1
            }
            let end = path[start...].firstIndex(of: UInt8(ascii: "/")) ?? path.endIndex
            guard Self.matches(path[start..<end], pattern[...]) else { return false }
            start = end
        }
        return true
    }

    /// Goes back to the last `*` on a mismatch, and never to one before it.
    private static func matches(_ name: ArraySlice<UInt8>, _ pattern: ArraySlice<UInt8>) -> Bool {
        var position = (name: name.startIndex, pattern: pattern.startIndex)
        var retry: (name: Int, pattern: Int)?
        while position.name < name.endIndex {
            let isStar =
                position.pattern < pattern.endIndex
                && pattern[position.pattern] == UInt8(ascii: "*")
            if isStar {
                position.pattern += 1
                retry = position
            } else if position.pattern < pattern.endIndex,
                pattern[position.pattern] == name[position.name]
            {
                position.name += 1
                position.pattern += 1
            } else if let last = retry {
                position = (last.name + 1, last.pattern)
                retry = position
            } else {
                return false
            }
        }
        return pattern[position.pattern...].allSatisfy { $0 == UInt8(ascii: "*") }
    }

    package var description: String {
        (isAnchored ? "/" : "")
            + components.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "/")
    }
}
