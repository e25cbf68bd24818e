/// The maximum distance of a mirror from a client whose place is known.
package struct Reach: Hashable, Sendable {
    /// The cosine of the maximum angle; -3 is no limit.
    let leastCosine: Double

    package static let anywhere = Reach(leastCosine: -3)

    private init(leastCosine: Double) {
        self.leastCosine = leastCosine
    }

    /// Up to this many kilometres along the great circle; half of the globe's circumference or more
    /// is no limit.
    package init(kilometres: Int64) {
        let angle = Double(kilometres) / GlobePoint.radiusKilometres
        self.init(leastCosine: angle < .pi ? GlobePoint.cosine(max(0, angle)) : -3)
    }

    /// Whether an angle with `cosine` is out of reach; an unknown location is not.
    @inline(__always)
    func excludes(_ cosine: Double) -> Bool { cosine < leastCosine }
}
