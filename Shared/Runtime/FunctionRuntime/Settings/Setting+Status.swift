extension Setting {
    package static let statusContact = Setting(
        "STATUS_CONTACT",
        .status,
        .text(example: "mirror-admin@example.org"),
        "address or URL where administrators of mirrors reach you, shown on every page"
    )
    package static let statusWebhook = Setting(
        "STATUS_WEBHOOK",
        .status,
        .text(example: "https://chat.example.org/hooks/…"),
        "URL that gets JSON by POST when a mirror's problem begins, changes or ends: "
            + "[Notices](operating.md#notices). The secret `status-webhook` in `SECRETS_DIR` takes "
            + "precedence"
    )
    package static let statusNotices = Setting(
        "STATUS_NOTICES",
        .status,
        .text(example: "down=12h,incomplete=never"),
        standard: .described(
            "`down=6h`, `refuses-us=1h`, `not-itself=1h`, `empty=1d`, `behind=3d`, "
                + "`incomplete=1d`"
        ),
        "how long a problem lasts before `STATUS_WEBHOOK` is told, by state; states that are left "
            + "out keep their defaults"
    )

    static var ofStatus: [Setting] {
        [
            text(.statusTitle), statusContact, number(.statusLists), statusWebhook, statusNotices,
        ]
    }
}

extension NumberSetting {
    package static let statusLists = NumberSetting(
        "STATUS_LISTS",
        .status,
        1...1_000_000,
        unit: "lines",
        standard: 10_000,
        "maximum lines of a list of missing or wrong files"
    )
}

extension TextSetting {
    package static let statusTitle = TextSetting(
        "STATUS_TITLE",
        .status,
        .text(example: "Gentoo mirrors"),
        standard: "Mirrors",
        "title of the pages"
    )
}
