/// Several patterns together, for a pass over many paths.
///
/// Hardly any path matches, and the first bytes of its components nearly always tell: a path takes
/// time proportional to its length, however many patterns there are.
package struct PathMatcher: Sendable {
    private let candidates: [Candidate]
    /// For each first byte of a component, the candidates to try there.
    private var groups = [UInt64](repeating: 0, count: 256)
    /// The candidates to try at an empty component.
    private var groupsOfAnything: UInt64 = 0

    private struct Candidate {
        let pattern: PathPattern
        /// How many components of any name the pattern begins with; the one after them decides
        /// whether it is tried.
        let depth: Int

        /// Whether it matches a path whose component of that number begins at `start`.
        func matches(_ path: Span<UInt8>, _ component: Int, from start: Int) -> Bool {
            guard pattern.isAnchored ? component == depth : component >= depth
            else { return false }
            return pattern.end(ofMatchAt: start, in: path, from: depth) != nil
        }
    }

    /// The number of bits: candidates whose numbers are equal modulo that share one.
    private static let groupCount = 64

    package init(_ patterns: [PathPattern]) {
        candidates = patterns.map { Candidate(pattern: $0, depth: $0.leadingStarCount) }
        for (number, candidate) in candidates.enumerated() {
            let group: UInt64 = 1 << UInt64(number % Self.groupCount)
            let components = candidate.pattern.components
            if let first = components.dropFirst(candidate.depth).first, !first.beginsWithStar {
                groups[Int(first.bytes[0])] |= group
            } else {
                for byte in groups.indices { groups[byte] |= group }
                groupsOfAnything |= group
            }
        }
    }

    /// Whether one of the patterns matches the path, which has no leading slash.
    package func matches(_ path: ArraySlice<UInt8>) -> Bool {
        matches(path.span)
    }

    private func matches(_ path: Span<UInt8>) -> Bool {
        var (component, start) = (0, 0)
        while true {
            let group = start < path.count ? groups[Int(path[start])] : groupsOfAnything
            if group != 0, matches(path, group, component, from: start) { return true }
            guard let slash = PathPattern.slash(in: path, from: start) else { return false }
            (component, start) = (component + 1, slash + 1)
        }
    }

    /// Whether a candidate in `group` matches a path whose component of that number begins at
    /// `start`.
    private func matches(
        _ path: Span<UInt8>,
        _ group: UInt64,
        _ component: Int,
        from start: Int
    ) -> Bool {
        var left = group
        while left != 0 {
            let first = left.trailingZeroBitCount
            for number in stride(from: first, to: candidates.count, by: Self.groupCount)
            where candidates[number].matches(path, component, from: start) {
                return true
            }
            left &= left - 1
        }
        return false
    }
}

extension PathPattern {
    /// How many components at its beginning are `*`, without the last of all.
    fileprivate var leadingStarCount: Int {
        components.dropLast().prefix { $0.bytes == [UInt8(ascii: "*")] }.count
    }
}
