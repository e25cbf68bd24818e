extension Setting {
    package static let maximumAge = Setting(
        "MAXIMUM_AGE_DAYS",
        [.builder, .mirrors, .status],
        .integer(1...365, unit: "days"),
        standard: .value("14"),
        "how old a proof of presence may be and still count"
    )

    static var ofBuilder: [Setting] { [maximumAge] }
}
