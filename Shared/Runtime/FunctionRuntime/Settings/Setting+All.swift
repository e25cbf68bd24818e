extension Setting {
    /// Every variable that a function reads, in the order of the documentation.
    package static var all: [Setting] {
        shared + ofLeader + ofChecker + ofBuilder + ofRedirector + ofStatus
    }

    /// The variables of the program `name`; empty for an unknown name.
    package static func all(of name: String) -> [Setting] {
        guard let reader = Readers.named.first(where: { $0.name == name })?.reader else {
            return []
        }
        return all.filter { $0.readers.contains(reader) }
    }

    // MARK: - Those of several functions

    package static let s3Endpoint = Setting(
        "S3_ENDPOINT",
        .all,
        .text(example: "https://s3.example.org"),
        standard: .described("AWS"),
        "URL of the S3 server, `http(s)://host:port`"
    )
    package static let awsRegion = Setting(
        "AWS_REGION",
        .all,
        .text(example: "eu-central-1"),
        deployment: .leftOut("`S3_REGION` does the same"),
        "the name that other S3 clients use for `S3_REGION`"
    )
    package static let s3Addressing = Setting(
        "S3_ADDRESSING",
        .all,
        .word(["path", "virtual"]),
        standard: .described("`virtual` for AWS, else `path`"),
        "whether the bucket is named in the path or in the host name"
    )
    package static let awsAccessKey = Setting(
        "AWS_ACCESS_KEY_ID",
        .all,
        .text(example: "AKIA…"),
        deployment: .leftOut(keysAreSecrets),
        "access key, if `SECRETS_DIR` has none"
    )
    package static let awsSecretKey = Setting(
        "AWS_SECRET_ACCESS_KEY",
        .all,
        .text(example: "…"),
        deployment: .leftOut(keysAreSecrets),
        "secret key of `AWS_ACCESS_KEY_ID`"
    )
    package static let awsSessionToken = Setting(
        "AWS_SESSION_TOKEN",
        .all,
        .text(example: "…"),
        deployment: .leftOut(keysAreSecrets),
        "session token of temporary keys"
    )
    package static let authoritiesFile = Setting(
        "CA_FILE",
        .all,
        .text(example: "/etc/ssl/own.pem"),
        standard: .described("the system's"),
        "PEM file with the certificates to trust for storage, instead of the system's"
    )
    package static let calledBy = Setting(
        "CALLED_BY",
        [.leader, .checker, .builder, .status],
        .word(["gateway"]),
        deployment: .fixed,
        "`gateway`: anybody who reaches the gateway can send requests, so a request may only "
            + "narrow the work that the environment describes, unless it carries the key of the "
            + "secret `function-key`"
    )
    package static let runInterval = Setting(
        "RUN_INTERVAL_SECONDS",
        [.leader, .checker, .builder, .storage, .status],
        .integer(1...2_678_400, unit: "s"),
        deployment: .fixed,
        "how often the schedule calls this function. It counts as late when it has not "
            + "succeeded for three intervals. If unset, lateness is not detected"
    )
    package static let gatewayURL = Setting(
        "GATEWAY_URL",
        [.leader, .checker, .mirrors],
        .text(example: "http://gateway.openfaas:8080"),
        "URL of OpenFaaS's gateway. If set, leader calls checker as soon as it has published "
            + "something new, checker may hand out work (`CHECK_FAN_OUT`), and "
            + "`mirrors scan` calls it there"
    )
    package static let region = Setting(
        "REGION",
        [.checker, .redirector],
        .text(example: "europe"),
        standard: .described("required by redirector; checker: none"),
        "redirector: the region whose map it answers from, or `auto` for that of each client's "
            + "country. checker: the region where it runs; the times that its probes measure "
            + "rank the mirrors for that region's clients"
    )

    private static let keysAreSecrets = "in OpenFaaS, keys are secrets and not variables"

    private static var shared: [Setting] {
        [
            text(.storageURL), s3Endpoint, text(.s3Region), awsRegion, s3Addressing,
            text(.s3Checksums), text(.secretsFolder), awsAccessKey, awsSecretKey, awsSessionToken,
            authoritiesFile, number(.storageTimeout), text(.logLevel), calledBy, runInterval,
            gatewayURL, region, defaultRegion,
        ]
    }
}

extension NumberSetting {
    package static let storageTimeout = NumberSetting(
        "STORAGE_TIMEOUT_SECONDS",
        .all,
        1...3600,
        unit: "s",
        standard: 60,
        "time limit of one storage operation, including retries"
    )
}

extension TextSetting {
    package static let storageURL = TextSetting(
        "STORAGE_URL",
        .all,
        .text(example: "s3://bucket/prefix"),
        standard: "file:///var/lib/redirector",
        "where the functions keep their shared state: `file:///folder` or `s3://bucket/prefix`"
    )
    package static let s3Region = TextSetting(
        "S3_REGION",
        .all,
        .text(example: "eu-central-1"),
        standard: "us-east-1",
        "region of the bucket; if unset, `AWS_REGION`"
    )
    package static let s3Checksums = TextSetting(
        "S3_CHECKSUMS",
        .all,
        .word(["auto", "off"]),
        standard: "auto",
        "`auto`: send the CRC-32 of each blob unless the server refuses it; `off`: never send "
            + "it"
    )
    package static let secretsFolder = TextSetting(
        "SECRETS_DIR",
        .all,
        .text(example: "/etc/redirector/secrets"),
        standard: "/var/openfaas/secrets",
        deployment: .leftOut("OpenFaaS mounts secrets in the default folder"),
        "folder with the files `s3-access-key` and `s3-secret-key`, or `s3-read-access-key` "
            + "and `s3-read-secret-key` for a redirector. Without them the `AWS_…` variables are "
            + "used, and without these requests are anonymous"
    )
    package static let logLevel = TextSetting(
        "LOG_LEVEL",
        .all,
        .word(Log.Level.allCases.map(\.rawValue)),
        standard: Log.Level.standard.rawValue,
        "lowest level that is logged"
    )
}
