/// How far from a client whose place is known a mirror may be.
package struct Reach: Hashable, Sendable {
    /// The cosine of the maximum angle; -3 is any.
    let leastCosine: Double

    package static let anywhere = Reach(leastCosine: -3)

    private init(leastCosine: Double) {
        self.leastCosine = leastCosine
    }

    /// Up to this many kilometres along the great circle; from half of the globe's circumference on
    /// anywhere.
    package init(kilometres: Int64) {
        let angle = Double(kilometres) / GlobePoint.radiusKilometres
        self.init(leastCosine: angle < .pi ? GlobePoint.cosine(max(0, angle)) : -3)
    }

    /// Whether what is at an angle with `cosine` is out of reach; what is nowhere is not.
    @inline(__always)
    func excludes(_ cosine: Double) -> Bool { cosine < leastCosine }
}
