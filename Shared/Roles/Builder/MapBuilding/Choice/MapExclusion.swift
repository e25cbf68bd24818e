package import Mirrors

/// Why an access point is not in a region's map.
package enum MapExclusion: String, CaseIterable, Error, Sendable {
    /// The mirror is not in the newest mirror list.
    case notListed
    /// An override disables the mirror.
    case disabled
    /// The mirror's weight is 0.
    case weight
    /// The scheme is FTP or rsync, which clients of a redirect don't speak.
    case scheme
    /// The mirror may only be used over https.
    case httpsOnly
    /// There is no check of it, or only one of another base URL.
    case neverChecked
    /// No file was seen there as expected, recently enough.
    case nothingHeld
    /// It holds files, but the mirror's rules exclude all of them.
    case rules

    /// Whether a single proof would put it in the map.
    var isForLackOfProof: Bool { self == .neverChecked || self == .nothingHeld }

    /// Nil for an access point that belongs in maps.
    ///
    /// `row` is the result of its check state.
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
