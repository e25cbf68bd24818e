package import Mirrors

/// The regions by country, for a host that answers clients of several regions.
package struct RegionTable: Sendable {
    /// One more than the number of the region of each country, by its letters; 0 for none.
    private var numbers = [UInt16](repeating: 0, count: CountryLetters.count)
    /// The region for clients of any other or an unknown country.
    package let defaultRegion: Int
    /// The regions are assumed until storage can be asked; the real ones may have other numbers.
    package let isGuess: Bool

    /// The table of `regions`; of those that claim a country, the first one counts.
    package init(_ regions: Regions, defaultRegion: Int, isGuess: Bool = false) {
        self.defaultRegion = defaultRegion
        self.isGuess = isGuess
        for (number, region) in regions.all.enumerated() {
            for country in region.countries {
                let index = CountryLetters(country).index
                if numbers[index] == 0 { numbers[index] = UInt16(clamping: number + 1) }
            }
        }
    }

    /// The number of the region that serves clients of `country`.
    package func region(of country: CountryLetters?) -> Int {
        let number = country.map { numbers[$0.index] } ?? 0
        return number == 0 ? defaultRegion : Int(number) - 1
    }
}
