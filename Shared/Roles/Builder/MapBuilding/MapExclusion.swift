package import Mirrors

/// Why an access point is not in a region's map.
package enum MapExclusion: String, CaseIterable, Error, Sendable {
    /// The newest mirror list does not have the mirror.
    case notListed
    /// An override switched the mirror off.
    case disabled
    /// The mirror's weight is 0.
    case weight
    /// FTP and rsync: no client of a redirect speaks them.
    case scheme
    /// The mirror is to be used over https only.
    case httpsOnly
    /// No check of it is stored, or only one of another base URL.
    case neverChecked
    /// No file was seen there as it should be, recently enough.
    case nothingHeld
    /// It holds files, but none that the mirror's rules about files let through.
    case rules

    /// Whether it would be in the map if it were proven to hold something.
    var isForLackOfProof: Bool { self == .neverChecked || self == .nothingHeld }

    /// Nil for an access point that belongs into maps; `row` is what its check state gave.
    package init?(_ mirror: Mirror, _ accessPoint: AccessPoint, row: HolderTable.Row?) {
        if !mirror.isListed {
            self = .notListed
        } else if !mirror.isEnabled {
            self = .disabled
        } else if mirror.weight <= 0 {
            self = .weight
        } else if accessPoint.scheme != .http, accessPoint.scheme != .https {
            self = .scheme
        } else if accessPoint.scheme == .http, mirror.rules.httpsOnly?.applied == true {
            self = .httpsOnly
        } else if let row {
            guard row.heldCount == 0 else { return nil }
            self = row.counts.isExcluding(mirror.rules) ? .rules : .nothingHeld
        } else {
            self = .neverChecked
        }
    }
}
