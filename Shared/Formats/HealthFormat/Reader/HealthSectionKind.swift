/// The sections of health: one a writer.
package enum HealthSectionKind: UInt32, Sendable, CaseIterable {
    /// Written by the probe: which access points are up.
    case availability = 1
    /// By the check: what is not believed.
    case doubts = 2
    /// By the operator: what is not to be used.
    case closures = 3

    /// How long a record is at least; newer writers may append fields.
    var leastRecordByteCount: Int {
        switch self {
        case .availability: 32
        case .doubts, .closures: 40
        }
    }
}
