/// Which region's map a client is answered from, for a host that answers clients of several
/// regions.
package struct RegionTable: Sendable {
    /// By country the number of its region.
    private let numbers: [CountryLetters: Int]
    /// That of clients of a country that no region claims, and of none.
    package let defaultRegion: Int
    /// The regions are guessed until storage can be asked; those that it has may have other
    /// numbers.
    package let isGuess: Bool

    package init(
        numbers: [CountryLetters: Int],
        defaultRegion: Int,
        isGuess: Bool = false
    ) {
        self.numbers = numbers
        self.defaultRegion = defaultRegion
        self.isGuess = isGuess
    }

    /// The number of the region whose clients include those of `country`.
    package func region(of country: CountryLetters?) -> Int {
        country.flatMap { numbers[$0] } ?? defaultRegion
    }
}
