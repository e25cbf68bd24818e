/// What an operator says about the pages.
package struct StatusSettings: Equatable, Sendable {
    /// Stands above the index: `Gentoo mirrors`.
    package var title = "Mirrors"
    /// How to reach the operators: a URL or an address; empty where nobody said.
    package var contact = ""
    /// Where the pages are seen from outside, with a slash at the end; empty where nobody said.
    package var url = ""
    /// How many lines a list of files has at most.
    package var listLimit = 10_000
    /// How often the pages are made, in seconds.
    package var intervalSeconds: Int64 = 300

    package init() {}

    /// What the pages are made for: those of other settings do not stand for these.
    var purpose: String { "pages \(listLimit) \(title)\n\(contact)\n\(url)" }
}
