import FunctionRuntime

/// The operator's settings for the pages.
package struct StatusSettings: Equatable, Sendable {
    /// The heading of the index: `Gentoo mirrors`.
    package var title = TextSetting.statusTitle.standard
    /// How to reach the operators: a URL or an address; empty if not set.
    package var contact = ""
    /// The public URL of the pages, with a trailing slash; empty if not set.
    package var url = ""
    /// The maximum number of lines in a list of files.
    package var listLimit = NumberSetting.statusLists.standard
    /// The interval between runs, in seconds.
    package var intervalSeconds: Int64 = 300

    package init() {}

    /// Identifies these settings: pages made with others must be made again.
    var purpose: String { "pages \(listLimit) \(title)\n\(contact)\n\(url)" }
}
