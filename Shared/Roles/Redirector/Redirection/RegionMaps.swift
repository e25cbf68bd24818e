/// The maps of several regions, for a host that answers clients of all of them.
///
/// A map is loaded when the first client of its region comes: that one waits, and nobody else.
package protocol RegionMaps: Sendable {
    /// The number of the region whose clients include those of `country`; of a country that no region
    /// claims, and of none, that of the default region.
    func region(of country: CountryLetters?) -> Int

    /// The map of `region`, or of the default region where that has none; nil without either.
    ///
    /// May read files and take its time.
    func load(_ region: Int) -> Snapshot?
}
