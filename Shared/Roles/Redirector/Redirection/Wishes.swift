/// What a client asks of the choice in the query of its request.
///
/// Wishes order and leave out; they never admit: a mirror that serves other countries only, or http
/// alone to an https client, stays excluded whatever the query says.
package struct Wishes: Sendable {
    /// How many mirrors can be avoided; what more are named are not.
    package static let avoidedLimit = 16

    /// `?country=cc`: whose mirrors come first, instead of those of the client's own country.
    package var country: CountryLetters?
    /// `?near=lat,lon`: from where it is to be chosen, instead of the client's own place.
    package var place: GlobePoint?
    /// `?mirror=id`: the seed of the mirror that comes first if it has the file and may be offered.
    package var mirror: UInt64?
    /// `?avoid=id,id`: the seeds of mirrors that are left out.
    package private(set) var avoided: [UInt64] = []

    package init() {}

    package mutating func avoid(_ seed: UInt64) {
        if avoided.count < Self.avoidedLimit { avoided.append(seed) }
    }
}
