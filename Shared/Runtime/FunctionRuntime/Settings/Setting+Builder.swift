extension Setting {
    package static let maximumAge = Setting(
        "MAXIMUM_AGE_DAYS",
        [.builder, .mirrors, .status],
        .integer(1...365, unit: "days"),
        standard: .value("14"),
        "maximum age of a proof of presence that still counts"
    )

    package static let removedDays = Setting(
        "REMOVED_DAYS",
        [.builder, .checker, .leader, .mirrors],
        .integer(0...365, unit: "days"),
        standard: .value("14"),
        "how long files that the master removed are served from mirrors that still prove to have "
            + "them; 0: not at all. Set it for all of them"
    )

    package static let browse = Setting(
        "BROWSE",
        [.builder, .redirector],
        .word(["on", "off"]),
        standard: .value("off"),
        "`on`: browsers that request a folder get a page of what is in it; programs are still "
            + "redirected. builder writes the names that redirectors show, so set it for both"
    )

    static var ofBuilder: [Setting] { [maximumAge, removedDays, browse] }
}
