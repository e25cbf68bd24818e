/// The choice that mirrorbits would make for the same mirrors and clients.
///
/// It is `DefaultEngine.Selection` in github.com/etix/mirrorbits, `http/selection.go` at 02abf75,
/// in our words, with its default range of 1.5. If the farthest mirror is at distance f, a mirror
/// at distance d scores f - d + 1. Within 1.5 times the distance of the nearest, f - d is added, or
/// half of that if the mirror is not in the client's country; f - 5d is added if it is in the
/// country but farther away. Its Score, "weight to give to the mirror during selection", adds this
/// percentage to the total. The excess over f is the weight with which mirrors are drawn. A mirror
/// in the client's own network (ASN) gets half of f in addition.
struct MirrorbitsRule {
    struct Mirror {
        let isInCountry: Bool
        let kilometres: Double
        /// A percentage.
        let score: Int
        var sharesNetwork = false
    }

    /// For each mirror, the probability of being drawn.
    static func chances(_ mirrors: [Mirror]) -> [Double] {
        guard let nearest = mirrors.map(\.kilometres).min(),
            let farthest = mirrors.map(\.kilometres).max()
        else { return [] }
        let base = Int(farthest)
        let weights = mirrors.map { mirror in
            var score = base - Int(mirror.kilometres) + 1
            if mirror.kilometres <= nearest * 1.5 {
                let more = Double(base) - mirror.kilometres
                score += Int(mirror.isInCountry ? more : more / 2)
            } else if mirror.isInCountry {
                score += Int(Double(base) - mirror.kilometres * 5)
            }
            if mirror.sharesNetwork { score += base / 2 }
            let weighted = Double(score) + Double(score) * Double(mirror.score) / 100 + 0.5
            return max(0, max(1, Int(weighted)) - base)
        }
        let sum = weights.reduce(0, +)
        guard sum > 0 else {
            // The list is then in order of the scores, and the first one is taken.
            let first = mirrors.firstIndex { $0.kilometres == nearest }
            return mirrors.indices.map { $0 == first ? 1 : 0 }
        }
        return weights.map { Double($0) / Double(sum) }
    }
}
