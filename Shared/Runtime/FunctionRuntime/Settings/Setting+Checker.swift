extension Setting {
    package static let checkMode = Setting(
        "CHECK_MODE",
        .checker,
        .word(["check", "probe"]),
        standard: .value("check"),
        deployment: .fixed,
        "what a request means that does not say: `check` asks for files, `probe` who is up"
    )
    package static let checkBudget = Setting(
        "CHECK_BUDGET_SECONDS",
        .checker,
        .integer(2...86_400, unit: "s"),
        standard: .value("240"),
        "how long a run may take; the next one goes on where it stopped"
    )
    package static let checkFanOut = Setting(
        "CHECK_FAN_OUT",
        .checker,
        .integer(1...1000, unit: "calls"),
        standard: .value("1"),
        "how many queued calls of itself at `GATEWAY_URL` share the work of one check, and so how "
            + "many are at work at once; 1 hands nothing out, which serves millions of files"
    )
    package static let checkRegions = Setting(
        "CHECK_REGIONS",
        .checker,
        .text(example: "europe,asia"),
        standard: .described("one checker for all"),
        "all regions that run a checker: this one asks only the mirrors that its `REGION` is the "
            + "nearest to"
    )
    package static let checkRate = Setting(
        "CHECK_RATE",
        .checker,
        .integer(0...1_000_000, unit: "questions a second"),
        standard: .value("250"),
        "at most so many questions a second to one address; 0 is no limit, for servers of your own"
    )
    package static let checkConnections = Setting(
        "CHECK_CONNECTIONS",
        .checker,
        .integer(1...256, unit: "connections"),
        standard: .value("4"),
        "how many connections are open to one host"
    )
    package static let checkPipeline = Setting(
        "CHECK_PIPELINE",
        .checker,
        .integer(0...1, unit: nil),
        standard: .value("1"),
        "1: requests go out before the answers to those before have come, on hosts that prove they "
            + "can; up to twice `CHECK_CONNECTIONS` are open while one follows another. 0: one "
            + "request at a time on each connection"
    )
    package static let checkAuthoritiesFile = Setting(
        "CHECK_CA_FILE",
        .checker,
        .text(example: "/etc/ssl/own.pem"),
        standard: .described("the system's"),
        "certificates to trust of mirrors instead of the system's, PEM"
    )
    package static let recheckAfter = Setting(
        "RECHECK_AFTER_SECONDS",
        .checker,
        .integer(0...86_400, unit: "s"),
        standard: .value("60"),
        "how long a suspicion rests before it is asked again"
    )
    package static let revalidateAfter = Setting(
        "REVALIDATE_AFTER_SECONDS",
        .checker,
        .integer(0...366 * 86_400, unit: "s"),
        standard: .value("596160"),
        "how old a proof may grow before it is renewed; 3600 for anything less"
    )
    package static let checkLease = Setting(
        "CHECK_LEASE_SECONDS",
        .checker,
        .integer(1...3600, unit: "s"),
        standard: .value("120"),
        "how long an access point stays with a run that was killed before others take it over"
    )
    package static let checkShrink = Setting(
        "CHECK_SHRINK_PERCENT",
        .checker,
        .integer(0...100, unit: "%"),
        standard: .value("20"),
        "how much of its files a mirror may lose within a day before it is doubted; 100: never"
    )
    package static let checkContact = Setting(
        "CHECK_CONTACT",
        .checker,
        .text(example: "https://example.org/mirrors"),
        "a URL or an address in the User-Agent, for the mirrors' administrators; without it public "
            + "addresses are asked at a tenth of `CHECK_RATE`, and `mirrors doctor` warns"
    )

    static var ofChecker: [Setting] {
        [
            checkMode, checkBudget, checkFanOut, checkRegions, checkRate, checkConnections,
            checkPipeline, checkAuthoritiesFile, recheckAfter, revalidateAfter, checkLease,
            checkShrink, checkContact,
        ]
    }
}
