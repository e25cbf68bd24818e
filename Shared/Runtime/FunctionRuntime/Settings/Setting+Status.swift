extension Setting {
    package static let statusTitle = Setting(
        "STATUS_TITLE",
        .status,
        .text(example: "Gentoo mirrors"),
        standard: .value("Mirrors"),
        "what stands above the pages"
    )
    package static let statusContact = Setting(
        "STATUS_CONTACT",
        .status,
        .text(example: "mirror-admin@example.org"),
        "how administrators of mirrors reach you: an address or a URL, on every page"
    )
    package static let statusLists = Setting(
        "STATUS_LISTS",
        .status,
        .integer(1...1_000_000, unit: "lines"),
        standard: .value("10000"),
        "the most lines of a list of missing or wrong files"
    )

    static var ofStatus: [Setting] { [statusTitle, statusContact, statusLists] }
}
