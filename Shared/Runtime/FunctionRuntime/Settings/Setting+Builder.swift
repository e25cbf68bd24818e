extension Setting {
    package static let maximumAge = Setting(
        "MAXIMUM_AGE_DAYS",
        [.builder, .mirrors, .status],
        .integer(1...365, unit: "days"),
        standard: .value("14"),
        "maximum age of a proof of presence that still counts"
    )

    static var ofBuilder: [Setting] { [maximumAge] }
}
