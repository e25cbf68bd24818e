import Mirrors

/// The best access points for one client and one file, best first.
///
/// Made by a ``Chooser``. Its buffer serves one request after the other, so that a choice allocates
/// nothing, but where a mirror's share is capped.
package struct Selection: ~Copyable, Sendable {
    /// How many are kept at most for a redirect: the one to go to and 15 duplicates.
    package static let capacity = 16

    struct Place: Sendable {
        /// The seed of the mirror, which tells it from others.
        var mirror: UInt64 = 0
        /// ``foreign`` or not, then the rank and ``nearest``.
        ///
        /// Smaller is better; 0 alone is the mirror that was asked for, and from 1 on follow those
        /// that serve the client's own network, the most specific rule first.
        var group: UInt64 = 0
        /// What the draw is made of: a number between 0 and 1, and a weight; 0 is no draw at all.
        var uniform = 0.0
        var weight = 0.0
        /// Whether the scheme is not the client's own, in bit 32, and the access point below.
        ///
        /// The first decides between two URLs of one mirror.
        var tie: UInt64 = 0

        /// Set in the group of those that are not of the country that comes first.
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
        func precedes(_ other: Place) -> Bool {
            if group != other.group { return group < other.group }
            if weight == other.weight {
                // Most weights are equal, and then the logarithms need not be known.
                if uniform != other.uniform { return uniform > other.uniform }
            } else {
                let (draw, otherDraw) = (draw, other.draw)
                if draw != otherDraw { return draw < otherDraw }
            }
            return tie < other.tie
        }
    }

    /// As many as are kept at most, of which ``count`` count; an array and not an inline one, which
    /// is copied to be read.
    private var places: [Place]
    /// How many have been chosen.
    package private(set) var count = 0
    /// How many were considered and may not be chosen.
    package private(set) var excludedCount = 0
    /// How many might be, but are too far from the client.
    package private(set) var farCount = 0
    /// What stands for the client's network and the path, or the folder of the path's set.
    private(set) var key: UInt64 = 0
    /// What stands for the client's network and the path, where that is in a set; else nil.
    var pathKey: UInt64?

    /// A selection that keeps up to `capacity` access points.
    package init(capacity: Int = capacity) {
        places = [Place](repeating: Place(), count: max(capacity, 1))
    }

    /// Its buffer as a selection of its own; a new one where it was taken already.
    mutating func taken() -> Selection {
        guard !places.isEmpty else { return Selection() }
        return Selection(places: takePlaces())
    }

    private init(places: consuming [Place]) {
        self.places = places
    }

    /// Lends its buffer to a choice.
    mutating func takePlaces() -> [Place] {
        var taken: [Place] = []
        swap(&taken, &places)
        return taken
    }

    /// Takes the result of a choice, with the buffer back.
    mutating func take(
        _ places: consuming [Place],
        count: Int,
        excludedCount: Int,
        farCount: Int,
        key: UInt64
    ) {
        self.places = places
        self.key = key
        self.count = count
        self.excludedCount = excludedCount
        self.farCount = farCount
    }

    package var isEmpty: Bool { count == 0 }

    /// The index of the choice at `position`, 0 being the best.
    package func accessPoint(at position: Int) -> Int {
        places[position].accessPoint
    }

    /// The access point by which `mirror` is among the chosen ones, if it is.
    func accessPoint(of mirror: MirrorMark) -> Int? {
        var position = 0
        while position < count, mark(at: position) != mirror { position += 1 }
        return position < count ? accessPoint(at: position) : nil
    }

    /// Whether the choice at `position` is of the country that comes first, serves the client's own
    /// network, or was asked for by name.
    package func isPreferred(at position: Int) -> Bool {
        places[position].isPreferred
    }

    /// The draw of the choice at `position`.
    package func draw(at position: Int) -> Double {
        places[position].draw
    }

    /// Puts the first `attempts` of the chosen ones behind the others, for a client that got
    /// nothing from them.
    package mutating func passOver(_ attempts: Int) {
        guard count > 1 else { return }
        let first = attempts % count
        guard first > 0 else { return }
        // Three reversals rotate in place.
        places[..<first].reverse()
        places[first..<count].reverse()
        places[..<count].reverse()
    }

    /// How the mirror of the choice at `position` is remembered.
    package func mark(at position: Int) -> MirrorMark {
        MirrorMark(seed: places[position].mirror)
    }

    /// Puts `mirror` first if it is among the chosen ones, and leaves the order of the others.
    package mutating func prefer(_ mirror: MirrorMark) {
        var position = 0
        while position < count, mark(at: position) != mirror { position += 1 }
        guard position < count else { return }
        let place = places[position]
        for index in (0..<position).reversed() { places[index + 1] = places[index] }
        places[0] = place
    }
}
