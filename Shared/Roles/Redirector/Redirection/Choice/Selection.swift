import Mirrors

/// The best access points for one client and one file, best first.
///
/// A ``Chooser`` makes it. Its buffer serves requests in turn, so that a choice allocates nothing,
/// unless a mirror's share is capped.
package struct Selection: ~Copyable, Sendable {
    /// The maximum number for a redirect: the target and 15 duplicates.
    package static let capacity = 16

    struct Choice: Sendable {
        /// The seed of the mirror, which identifies it.
        var mirror: UInt64 = 0
        /// Whether it is ``foreign``, then the rank plus ``nearest``.
        ///
        /// Smaller is better. Only the mirror requested by name has 0; from 1 on follow those that
        /// serve the client's own network, the most specific rule first.
        var group: UInt64 = 0
        /// The inputs of the draw: a number between 0 and 1, and a weight; 0 is no draw.
        var uniform = 0.0
        var weight = 0.0
        /// In bit 32, whether the scheme differs from the client's; below it, the access point.
        ///
        /// The scheme decides between two URLs of one mirror.
        var tie: UInt64 = 0

        /// Set in the group of mirrors outside the preferred country.
        static let foreign: UInt64 = 1 << 33
        /// The group of the best rank.
        static let nearest: UInt64 = 131

        var accessPoint: Int { Int(tie & 0xFFFF_FFFF) }
        var isPreferred: Bool { group < Self.foreign }

        /// The rendezvous draw.
        ///
        /// Smaller is better among equals.
        var draw: Double { Rendezvous.draw(uniform, weight: weight) }

        @inline(__always)
        func precedes(_ other: Choice) -> Bool {
            if group != other.group { return group < other.group }
            if weight == other.weight {
                // Most weights are equal, and then the logarithms are not needed.
                if uniform != other.uniform { return uniform > other.uniform }
            } else {
                let (draw, otherDraw) = (draw, other.draw)
                if draw != otherDraw { return draw < otherDraw }
            }
            return tie < other.tie
        }
    }

    /// Room for the maximum number, of which ``count`` are valid.
    ///
    /// An array, because an inline array would be copied for reading.
    private var choices: [Choice]
    /// The number of chosen access points.
    package private(set) var count = 0
    /// The number of considered access points that were excluded.
    package private(set) var excludedCount = 0
    /// The number of those excluded only by distance.
    package private(set) var farCount = 0
    /// The key of the client's network and the path, or the folder of the path's set.
    private(set) var key: UInt64 = 0
    /// The key of the client's network and the path, if the path is in a set; otherwise nil.
    var pathKey: UInt64?

    /// A selection with room for `capacity` access points.
    package init(capacity: Int = capacity) {
        choices = [Choice](repeating: Choice(), count: max(capacity, 1))
    }

    /// Its buffer as a separate selection; a new one if the buffer is in use.
    mutating func taken() -> Selection {
        guard !choices.isEmpty else { return Selection() }
        return Selection(choices: takeChoices())
    }

    private init(choices: consuming [Choice]) {
        self.choices = choices
    }

    /// Lends its buffer to a choice.
    mutating func takeChoices() -> [Choice] {
        var taken: [Choice] = []
        swap(&taken, &choices)
        return taken
    }

    /// Takes the result of a choice, and the buffer back.
    mutating func take(
        _ choices: consuming [Choice],
        count: Int,
        excludedCount: Int,
        farCount: Int,
        key: UInt64
    ) {
        self.choices = choices
        self.key = key
        self.count = count
        self.excludedCount = excludedCount
        self.farCount = farCount
    }

    package var isEmpty: Bool { count == 0 }

    /// The index of the choice at `position`, 0 being the best.
    package func accessPoint(at position: Int) -> Int {
        choices[position].accessPoint
    }

    /// The access point of `mirror` among the chosen ones, if there is one.
    func accessPoint(of mirror: MirrorMark) -> Int? {
        var position = 0
        while position < count, mark(at: position) != mirror { position += 1 }
        return position < count ? accessPoint(at: position) : nil
    }

    /// Whether the choice at `position` is in the preferred country, serves the client's own
    /// network, or was requested by name.
    package func isPreferred(at position: Int) -> Bool {
        choices[position].isPreferred
    }

    /// The draw of the choice at `position`.
    package func draw(at position: Int) -> Double {
        choices[position].draw
    }

    /// Moves the first `attempts` of the chosen ones to the end, for a client that already got
    /// them.
    package mutating func passOver(_ attempts: Int) {
        guard count > 1 else { return }
        let first = attempts % count
        guard first > 0 else { return }
        // Three reversals rotate in place.
        choices[..<first].reverse()
        choices[first..<count].reverse()
        choices[..<count].reverse()
    }

    /// The mark of the mirror at `position`.
    package func mark(at position: Int) -> MirrorMark {
        MirrorMark(seed: choices[position].mirror)
    }

    /// Moves `mirror` to the front if it is among the chosen ones, keeping the order of the others.
    package mutating func prefer(_ mirror: MirrorMark) {
        var position = 0
        while position < count, mark(at: position) != mirror { position += 1 }
        guard position < count else { return }
        let choice = choices[position]
        for index in (0..<position).reversed() { choices[index + 1] = choices[index] }
        choices[0] = choice
    }
}
