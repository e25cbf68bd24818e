/// A mirror list in the form of Gentoo's `distfiles.xml`.
package struct MirrorListDocument: Sendable {
    /// A mirror with one base URL.
    package struct Entry: Sendable {
        package let name: String
        /// As in the list: `Europe`, `DE`, `Germany`.
        package let region: String
        package let country: String
        package let countryName: String
        package let url: String

        package init(
            name: String,
            region: String,
            country: String,
            countryName: String,
            url: String
        ) {
            self.name = name
            self.region = region
            self.country = country
            self.countryName = countryName
            self.url = url
        }

        /// A mirror in one of the ``MirrorListDocument/countries``, with that country's name.
        package init(url: String, country number: Int) {
            let country = MirrorListDocument.countries[number]
            self.init(
                name: country.name,
                region: country.region,
                country: country.code,
                countryName: country.name,
                url: url
            )
        }
    }

    package let entries: [Entry]

    package init(entries: [Entry]) {
        self.entries = entries
    }

    /// Countries for distributing mirrors, nearest to the middle of Europe first.
    package static let countries: [(region: String, code: String, name: String)] = [
        ("Europe", "DE", "Germany"),
        ("Europe", "FR", "France"),
        ("Europe", "GR", "Greece"),
        ("North America", "US", "United States (USA)"),
        ("Asia", "JP", "Japan"),
        ("Australia and Oceania", "AU", "Australia"),
        ("South America", "BR", "Brazil"),
    ]

    /// The document; names and URLs must not need escapes in XML.
    package var xml: String {
        var text = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<mirrors>\n"
        for entry in entries {
            text += """
                  <mirrorgroup region="\(entry.region)" country="\(entry.country)" \
                countryname="\(entry.countryName)">
                    <mirror>
                      <name>\(entry.name)</name>
                      <uri protocol="http" ipv4="y" ipv6="n" partial="n">\(entry.url)</uri>
                    </mirror>
                  </mirrorgroup>

                """
        }
        return text + "</mirrors>\n"
    }
}
