import Bytes

/// A pattern for paths of the tree, such as `latest-*.txt` or `*/current-*`.
///
/// The rules are few, and where they overlap, the same as those of ignore files:
///
/// - components are joined by `/`, and each matches one component of the path;
/// - `*` matches any bytes within a component, or none;
/// - the pattern matches anywhere in the path, or only at its start if it begins with `/`;
/// - whatever is below a match also matches: `current-*` covers all of `x/current-stage3/`.
///
/// Patterns are bytes, as paths are; `*` cannot be escaped, and case matters. `**` is refused:
/// elsewhere it matches any number of components, which no pattern needs here.
package struct PathPattern: Hashable, Sendable, CustomStringConvertible {
    let isAnchored: Bool
    let components: [Component]

    /// A component of a pattern.
    struct Component: Hashable, Sendable {
        let bytes: [UInt8]
        private let hasStar: Bool

        init(_ bytes: some Sequence<UInt8>) {
            self.bytes = Array(bytes)
            hasStar = self.bytes.contains(UInt8(ascii: "*"))
        }

        /// Whether it may begin with any byte.
        var beginsWithStar: Bool { bytes.first == UInt8(ascii: "*") }

        func matches(_ name: Span<UInt8>) -> Bool {
            hasStar ? PathPattern.matches(name, bytes) : name.equals(bytes.span)
        }
    }

    /// The root and everything below it; as text `/`, which is only a pattern for folders of sets.
    package static let root = PathPattern()

    private init() {
        isAnchored = true
        components = []
    }

    /// The rules as an error text.
    package static let grammar =
        "components joined by \"/\" such as \"latest-*.txt\" or \"*/current-*\": "
        + "\"*\" stands for any bytes "
        + "of one component, a pattern covers what is below it (\"a/*\", not \"a/**\"), and with "
        + "\"/\" in front it matches at the root alone"

    /// Nil for a pattern without components, with an empty one, or with the component `**`.
    package init?(_ text: String) {
        var bytes = Array(text.utf8)[...]
        isAnchored = bytes.first == UInt8(ascii: "/")
        if isAnchored { bytes = bytes.dropFirst() }
        components = bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            .map { Component($0) }
        for component in components.map({ $0.bytes }) {
            let isOfStars = component.allSatisfy { $0 == UInt8(ascii: "*") }
            guard !component.isEmpty, component.count == 1 || !isOfStars else { return nil }
        }
    }

    /// Whether the pattern matches the path, which has no leading slash.
    ///
    /// Takes time proportional to the product of the path's and the pattern's lengths.
    package func matches(_ path: ArraySlice<UInt8>) -> Bool {
        matches(path.span)
    }

    /// Whether the pattern matches a path in a span.
    package func matches(_ path: Span<UInt8>) -> Bool {
        var start = 0
        while true {
            if end(ofMatchAt: start, in: path) != nil { return true }
            guard !isAnchored, let slash = Self.slash(in: path, from: start) else { return false }
            start = slash + 1
        }
    }

    /// Whether the pattern matches at the start of what follows `start`, even if it may match
    /// anywhere.
    package func matches(_ path: Span<UInt8>, from start: Int) -> Bool {
        end(ofMatchAt: start, in: path) != nil
    }

    /// Whether the first `count` bytes of `path`, a whole number of components, end with a match.
    package func matchesEnd(of path: Span<UInt8>, count: Int) -> Bool {
        let head = path.extracting(first: count)
        var start = 0
        while true {
            if end(ofMatchAt: start, in: head) == count { return true }
            guard !isAnchored, let slash = Self.slash(in: head, from: start) else { return false }
            start = slash + 1
        }
    }

    static func slash(in path: Span<UInt8>, from start: Int) -> Int? {
        let index = path.firstIndex(of: UInt8(ascii: "/"), in: start..<path.count)
        return index < path.count ? index : nil
    }

    /// The end of the components of `path` from `start` on that match those of the pattern from
    /// number `first` on.
    func end(ofMatchAt start: Int, in path: Span<UInt8>, from first: Int = 0) -> Int? {
        guard first > 0 || mayBegin(at: start, in: path) else { return nil }
        var start = start
        for number in first..<components.count {
            if number > first {
                guard start < path.count else { return nil }
                start += 1
            }
            let end = Self.slash(in: path, from: start) ?? path.count
            guard components[number].matches(path.extracting(start..<end)) else { return nil }
            start = end
        }
        return start
    }

    /// Whether the first byte fits, which for most paths it does not.
    private func mayBegin(at start: Int, in path: Span<UInt8>) -> Bool {
        guard let first = components.first, !first.beginsWithStar else { return true }
        return start < path.count && path[start] == first.bytes[0]
    }

    /// Backtracks to the last `*` on a mismatch, and never to an earlier one.
    private static func matches(_ name: Span<UInt8>, _ pattern: [UInt8]) -> Bool {
        var position = (name: 0, pattern: 0)
        var retry: (name: Int, pattern: Int)?
        while position.name < name.count {
            let isStar =
                position.pattern < pattern.count
                && pattern[position.pattern] == UInt8(ascii: "*")
            if isStar {
                position.pattern += 1
                retry = position
            } else if position.pattern < pattern.count,
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
        while position.pattern < pattern.count {
            guard pattern[position.pattern] == UInt8(ascii: "*") else { return false }
            position.pattern += 1
        }
        return true
    }

    package var description: String {
        (isAnchored ? "/" : "")
            + components.map { String(decoding: $0.bytes, as: UTF8.self) }.joined(separator: "/")
    }
}
