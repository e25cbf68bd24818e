/// The regions by country, for a host that answers clients of several regions.
package struct RegionTable: Sendable {
    /// The number of the region of each country.
    private let numbers: [CountryLetters: Int]
    /// The region for clients of any other or an unknown country.
    package let defaultRegion: Int
    /// The regions are assumed until storage can be asked; the real ones may have other numbers.
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

    /// The number of the region that serves clients of `country`.
    package func region(of country: CountryLetters?) -> Int {
        country.flatMap { numbers[$0] } ?? defaultRegion
    }
}
