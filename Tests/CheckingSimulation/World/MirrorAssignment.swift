/// The assigned properties of a mirror, instead of random ones.
package struct MirrorAssignment: Sendable {
    package var shape: FaultMix.Shape?
    package var quirks: Set<FaultMix.Quirk>?
    package var faults: [Fault]

    package init(
        shape: FaultMix.Shape? = nil,
        quirks: Set<FaultMix.Quirk>? = nil,
        faults: [Fault] = []
    ) {
        self.shape = shape
        self.quirks = quirks
        self.faults = faults
    }
}
