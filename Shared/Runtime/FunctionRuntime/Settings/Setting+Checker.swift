extension Setting {
    package static let checkRegions = Setting(
        "CHECK_REGIONS",
        .checker,
        .text(example: "europe,asia"),
        standard: .described("one checker for all"),
        "all regions that run a checker. Each checker asks only the mirrors that its `REGION` "
            + "is nearest to"
    )
    package static let checkAuthoritiesFile = Setting(
        "CHECK_CA_FILE",
        .checker,
        .text(example: "/etc/ssl/own.pem"),
        standard: .described("the system's"),
        "PEM file with the certificates to trust for mirrors, instead of the system's"
    )
    package static let checkContact = Setting(
        "CHECK_CONTACT",
        .checker,
        .text(example: "https://example.org/mirrors"),
        "URL or address in the User-Agent, for administrators of mirrors. Without it, public "
            + "addresses are asked at a tenth of `CHECK_RATE`, and `mirrors doctor` warns"
    )

    static var ofChecker: [Setting] {
        [
            text(.checkMode), number(.checkBudget), number(.checkFanOut), checkRegions,
            number(.checkRate), number(.checkConnections), number(.checkPipeline),
            number(.checkThroughput), checkAuthoritiesFile, number(.recheckAfter),
            number(.revalidateAfter), number(.checkLease), number(.checkShrink),
            number(.contentProof), checkContact,
        ]
    }
}

extension NumberSetting {
    package static let checkBudget = NumberSetting(
        "CHECK_BUDGET_SECONDS",
        .checker,
        2...86_400,
        unit: "s",
        standard: 240,
        "time limit of a run; the next run goes on where this one stopped"
    )
    package static let checkFanOut = NumberSetting(
        "CHECK_FAN_OUT",
        .checker,
        1...1000,
        unit: "calls",
        standard: 1,
        "number of queued calls of itself, through `GATEWAY_URL`, that share the work of one "
            + "check. 1: no fan-out, which is enough for millions of files"
    )
    package static let checkRate = NumberSetting(
        "CHECK_RATE",
        .checker,
        0...1_000_000,
        unit: "questions a second",
        standard: 250,
        "maximum requests a second to one address; 0: no limit, for servers of your own"
    )
    package static let checkConnections = NumberSetting(
        "CHECK_CONNECTIONS",
        .checker,
        1...256,
        unit: "connections",
        standard: 4,
        "maximum connections to one host"
    )
    package static let checkPipeline = NumberSetting(
        "CHECK_PIPELINE",
        .checker,
        0...1,
        standard: 1,
        "1: pipeline requests to hosts that prove they support it, with up to twice "
            + "`CHECK_CONNECTIONS` open while new connections replace old ones. 0: one request "
            + "at a time on each connection"
    )
    package static let checkThroughput = NumberSetting(
        "CHECK_THROUGHPUT",
        .checker,
        0...1,
        standard: 1,
        "1: fetch a file of up to 4 MiB once a day from each http and https access point that is "
            + "not marked as metered, to rank by how fast it comes. 0: never"
    )
    package static let recheckAfter = NumberSetting(
        "RECHECK_AFTER_SECONDS",
        .checker,
        0...86_400,
        unit: "s",
        standard: 60,
        "delay before a suspicion is checked again"
    )
    package static let revalidateAfter = NumberSetting(
        "REVALIDATE_AFTER_SECONDS",
        .checker,
        0...366 * 86_400,
        unit: "s",
        standard: 596_160,
        "maximum age of a proof before it is renewed; values below 3600 count as 3600"
    )
    package static let checkLease = NumberSetting(
        "CHECK_LEASE_SECONDS",
        .checker,
        1...3600,
        unit: "s",
        standard: 120,
        "how long an access point stays reserved for a run that was killed"
    )
    package static let checkShrink = NumberSetting(
        "CHECK_SHRINK_PERCENT",
        .checker,
        0...100,
        unit: "%",
        standard: 20,
        "share of its files that a mirror may lose within a day before it is doubted; 100: it "
            + "is never doubted for that"
    )
    package static let contentProof = NumberSetting(
        "CONTENT_PROOF_BYTES",
        .checker,
        0...1_048_576,
        unit: "bytes",
        standard: 65_536,
        "up to which length a file that changes under its name is fetched where neither length nor "
            + "time prove what it is; 0: never"
    )
}

extension TextSetting {
    package static let checkMode = TextSetting(
        "CHECK_MODE",
        .checker,
        .word(["check", "probe"]),
        standard: "check",
        deployment: .fixed,
        "what a request without a mode means: `check` checks files, `probe` only finds out "
            + "which access points are up"
    )
}
