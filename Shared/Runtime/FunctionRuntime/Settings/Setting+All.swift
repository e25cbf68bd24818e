extension Setting {
    /// Every variable that a function reads, in the order of the documentation.
    package static var all: [Setting] {
        shared + ofLeader + ofChecker + ofBuilder + ofRedirector + ofStatus
    }

    /// Those of the program `name`; of a name that is none, nothing.
    package static func all(of name: String) -> [Setting] {
        guard let reader = Readers.named.first(where: { $0.name == name })?.reader else {
            return []
        }
        return all.filter { $0.readers.contains(reader) }
    }

    // MARK: - Those of several functions

    package static let storageURL = Setting(
        "STORAGE_URL",
        .all,
        .text(example: "s3://bucket/prefix"),
        standard: .value("file:///var/lib/redirector"),
        "where the state is kept that the functions share: `file:///folder` or `s3://bucket/prefix`"
    )
    package static let s3Endpoint = Setting(
        "S3_ENDPOINT",
        .all,
        .text(example: "https://s3.example.org"),
        standard: .described("AWS"),
        "the S3 server, `http(s)://host:port`"
    )
    package static let s3Region = Setting(
        "S3_REGION",
        .all,
        .text(example: "eu-central-1"),
        standard: .value("us-east-1"),
        "the region of the bucket; without it `AWS_REGION` counts"
    )
    package static let awsRegion = Setting(
        "AWS_REGION",
        .all,
        .text(example: "eu-central-1"),
        deployment: .leftOut("`S3_REGION` says the same"),
        "what other S3 clients call `S3_REGION`"
    )
    package static let s3Addressing = Setting(
        "S3_ADDRESSING",
        .all,
        .word(["path", "virtual"]),
        standard: .described("`virtual` for AWS, else `path`"),
        "whether the bucket is named in the path or in the host"
    )
    package static let s3Checksums = Setting(
        "S3_CHECKSUMS",
        .all,
        .word(["auto", "off"]),
        standard: .value("auto"),
        "`auto`: blobs travel with their CRC-32 until the server refuses it; `off`: they never do"
    )
    package static let secretsFolder = Setting(
        "SECRETS_DIR",
        .all,
        .text(example: "/etc/redirector/secrets"),
        standard: .value("/var/openfaas/secrets"),
        deployment: .leftOut("OpenFaaS mounts secrets at the default place"),
        "the folder of the files `s3-access-key` and `s3-secret-key`, or for a redirector "
            + "`s3-read-access-key` and `s3-read-secret-key`; without them the variables "
            + "`AWS_…` count, and without these requests are anonymous"
    )
    package static let awsAccessKey = Setting(
        "AWS_ACCESS_KEY_ID",
        .all,
        .text(example: "AKIA…"),
        deployment: .leftOut(keysAreSecrets),
        "the access key, where `SECRETS_DIR` has none"
    )
    package static let awsSecretKey = Setting(
        "AWS_SECRET_ACCESS_KEY",
        .all,
        .text(example: "…"),
        deployment: .leftOut(keysAreSecrets),
        "the secret key of `AWS_ACCESS_KEY_ID`"
    )
    package static let awsSessionToken = Setting(
        "AWS_SESSION_TOKEN",
        .all,
        .text(example: "…"),
        deployment: .leftOut(keysAreSecrets),
        "the token that goes with temporary keys"
    )
    package static let authoritiesFile = Setting(
        "CA_FILE",
        .all,
        .text(example: "/etc/ssl/own.pem"),
        standard: .described("the system's"),
        "certificates to trust for storage instead of the system's, PEM"
    )
    package static let storageTimeout = Setting(
        "STORAGE_TIMEOUT_SECONDS",
        .all,
        .integer(1...3600, unit: "s"),
        standard: .value("60"),
        "how long one operation on storage may take, with all its attempts"
    )
    package static let logLevel = Setting(
        "LOG_LEVEL",
        .all,
        .word(["debug", "info", "warning", "error"]),
        standard: .value("info"),
        "the least level that is logged"
    )
    package static let calledBy = Setting(
        "CALLED_BY",
        [.leader, .checker, .builder, .status],
        .word(["gateway"]),
        deployment: .fixed,
        "`gateway`: requests come from anybody who reaches the gateway, and may only narrow the "
            + "work that the environment describes, unless they bring the key of the secret "
            + "`function-key`"
    )
    package static let runInterval = Setting(
        "RUN_INTERVAL_SECONDS",
        [.leader, .checker, .builder, .storage, .status],
        .integer(1...2_678_400, unit: "s"),
        deployment: .fixed,
        "how often the schedule calls this function: it is late when it has not succeeded for three times as "
            + "long. Without it nobody can tell"
    )
    package static let gatewayURL = Setting(
        "GATEWAY_URL",
        [.leader, .checker],
        .text(example: "http://gateway.openfaas:8080"),
        "OpenFaaS's gateway. With it leader calls checker as soon as something new was published, "
            + "and checker may hand out work (`CHECK_FAN_OUT`)"
    )
    package static let region = Setting(
        "REGION",
        [.checker, .redirector],
        .text(example: "europe"),
        standard: .described("required by redirector, none for checker"),
        "redirector: the region whose map it answers from, or `auto` for that of each client's "
            + "country. checker: the region where it stands, whose clients' mirrors are ranked by the "
            + "times that its probes measure"
    )

    private static let keysAreSecrets = "keys are secrets, not variables, in OpenFaaS"

    private static var shared: [Setting] {
        [
            storageURL, s3Endpoint, s3Region, awsRegion, s3Addressing, s3Checksums, secretsFolder,
            awsAccessKey, awsSecretKey, awsSessionToken, authoritiesFile, storageTimeout, logLevel,
            calledBy, runInterval, gatewayURL, region, defaultRegion,
        ]
    }
}
