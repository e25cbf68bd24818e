/// What a client's query asks of the choice.
///
/// Preferences reorder and exclude mirrors but never admit one: a mirror that serves only other
/// countries, or only http for an https client, stays excluded whatever the query says.
package struct Preferences: Sendable {
    /// The maximum number of mirrors to avoid; further ones are ignored.
    package static let avoidedLimit = 16

    /// `?country=cc`: the country whose mirrors come first, instead of the client's own.
    package var country: CountryLetters?
    /// `?near=lat,lon`: the place to choose from, instead of the client's own.
    package var place: GlobePoint?
    /// `?mirror=id`: the seed of the mirror that comes first if it has the file and may be offered.
    package var mirror: UInt64?
    /// `?avoid=id,id`: the seeds of mirrors to exclude.
    package private(set) var avoided: [UInt64] = []

    package init() {}

    package mutating func avoid(_ seed: UInt64) {
        if avoided.count < Self.avoidedLimit { avoided.append(seed) }
    }
}
