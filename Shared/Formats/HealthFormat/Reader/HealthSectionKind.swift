/// The sections of health, one for each writer.
package enum HealthSectionKind: UInt32, Sendable, CaseIterable {
    /// Written by the probe: which access points are up.
    case availability = 1
    /// Written by the check: what is doubted.
    case doubts = 2
    /// Written by the operator: what must not be used.
    case closures = 3

    /// The minimum length of a record; newer writers may append fields.
    var leastRecordByteCount: Int {
        switch self {
        case .availability: 32
        case .doubts, .closures: 40
        }
    }
}
