extension Setting {
    static var ofBuilder: [Setting] { [number(.maximumAge), number(.removedDays), text(.browse)] }
}

extension NumberSetting {
    package static let maximumAge = NumberSetting(
        "MAXIMUM_AGE_DAYS",
        [.builder, .mirrors, .status],
        1...365,
        unit: "days",
        standard: 14,
        "maximum age of a proof of presence that still counts"
    )
    package static let removedDays = NumberSetting(
        "REMOVED_DAYS",
        [.builder, .checker, .leader, .mirrors],
        0...365,
        unit: "days",
        standard: 14,
        "how long files that the master removed are served from mirrors that still prove to have "
            + "them; 0: not at all. Set it for all of them"
    )
}

extension TextSetting {
    package static let browse = TextSetting(
        "BROWSE",
        [.builder, .redirector],
        .word(["on", "off"]),
        standard: "off",
        "`on`: browsers that request a folder get a page of what is in it; programs are still "
            + "redirected. builder writes the names that redirectors show, so set it for both"
    )
}
