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

    package static let statusWebhook = Setting(
        "STATUS_WEBHOOK",
        .status,
        .text(example: "https://chat.example.org/hooks/…"),
        "where to send JSON by POST when a mirror's problem begins, changes or ends: docs/operating.md; the "
            + "secret `status-webhook` in `SECRETS_DIR` counts before it"
    )
    package static let statusNotices = Setting(
        "STATUS_NOTICES",
        .status,
        .text(example: "down=12h,incomplete=never"),
        standard: .described(
            "`down=6h,refuses-us=1h,not-itself=1h,empty=1d,behind=3d,incomplete=1d`"
        ),
        "how long a mirror has a problem before `STATUS_WEBHOOK` is told, by state; what is left out "
            + "keeps its time"
    )

    static var ofStatus: [Setting] {
        [statusTitle, statusContact, statusLists, statusWebhook, statusNotices]
    }
}
