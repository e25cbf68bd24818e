extension Setting {
    package static let defaultRegion = Setting(
        "DEFAULT_REGION",
        [.checker, .redirector],
        .text(example: "europe"),
        standard: .described("required with `REGION=auto`"),
        "with `REGION=auto` the region of clients whose country is not known, and of the checker"
    )
    package static let countryDatabase = Setting(
        "COUNTRY_DB",
        .redirector,
        .text(example: "/usr/share/GeoIP/GeoLite2-Country.mmdb"),

        "a MaxMind DB file that tells the country of an address where no trusted proxy does, and "
            + "its place where it is one of cities, such as GeoLite2-City; in OpenFaaS it has to be "
            + "in the image"
    )
    package static let fallbackURL = Setting(
        "FALLBACK_URL",
        .redirector,
        .text(example: "https://distfiles.example.org/"),
        standard: .required,
        "a host that has every file; paths are put behind it"
    )
    package static let listen = Setting(
        "LISTEN",
        .redirector,
        .text(example: "127.0.0.1"),
        standard: .value("::"),
        deployment: .leftOut("the default is what OpenFaaS needs"),
        "the address that is listened on; `::` takes IPv6 and IPv4"
    )
    package static let port = Setting(
        "PORT",
        .redirector,
        .integer(0...65_535, unit: nil),
        standard: .value("8080"),
        deployment: .leftOut("OpenFaaS calls port 8080, and Knative keeps the name for itself"),
        "the port that is listened on; 0: any free one, which the log tells"
    )
    package static let threads = Setting(
        "THREADS",
        .redirector,
        .integer(1...64, unit: nil),
        standard: .value("1"),
        "event loops; one answers tens of thousands of requests a second"
    )
    package static let trustedProxies = Setting(
        "TRUSTED_PROXIES",
        .redirector,
        .text(example: "10.0.0.0/8, 2001:db8::/32"),
        standard: .described("none; in template.yaml the private networks"),
        "networks whose `X-Forwarded-For`, `X-Forwarded-Proto`, `Forwarded` and country headers "
            + "are believed. OpenFaaS's gateway passes on what a client sends under these names, so "
            + "private networks are safe to trust only behind an ingress that overwrites them; see "
            + "[Trusted networks](deploy-openfaas.md#trusted-networks)"
    )
    package static let countryHeader = Setting(
        "COUNTRY_HEADER",
        .redirector,
        .text(example: "X-Country-Code"),
        standard: .described("`CF-IPCountry`, `CloudFront-Viewer-Country`, `X-Country-Code`"),
        "the header in which these name the client's country; with `REDIRECT_MAX_AGE` none is "
            + "believed but one that is named here"
    )
    package static let originalURIHeader = Setting(
        "ORIGINAL_URI_HEADER",
        .redirector,
        .text(example: "X-Original-URI"),
        "the header in which these give the target as the client wrote it; name one only where the "
            + "proxy overwrites what clients send under this name"
    )
    package static let redirectStatus = Setting(
        "REDIRECT_STATUS",
        .redirector,
        .word(["302", "307"]),
        standard: .value("302"),
        "the status of a redirect"
    )
    package static let redirectMaxAge = Setting(
        "REDIRECT_MAX_AGE",
        .redirector,
        .integer(0...31_536_000, unit: "s"),
        standard: .value("0"),
        "how long caches may keep a redirect; 0: `no-store`. With it the client's address is no "
            + "part of the choice, since no `Vary` can name it"
    )
    package static let maxLinks = Setting(
        "MAX_LINKS",
        .redirector,
        .integer(0...15, unit: nil),
        standard: .value("4"),
        "mirrors that a `Link` header names beside the chosen one, at most; 0: no such header"
    )
    package static let retrySeconds = Setting(
        "RETRY_SECONDS",
        .redirector,
        .integer(0...3600, unit: "s"),
        standard: .value("60"),
        "a client that asks for the same file again within this time is given the next mirror, up "
            + "to the fourth; 0: always the same one. One server process remembers it, and nobody "
            + "where caches keep redirects or by CGI"
    )
    package static let statusURL = Setting(
        "STATUS_URL",
        [.redirector, .status],
        .text(example: "https://distfiles.example.org/_/status/"),
        standard: .described("redirector: the pages that `status` makes, at `/_/status/`"),
        "where the pages about the mirrors are seen from outside: linked from `/`, and in feeds and "
            + "badges"
    )
    package static let cacheFolder = Setting(
        "CACHE_DIR",
        .redirector,
        .text(example: "/var/cache/redirector"),
        standard: .described("the temporary folder"),
        deployment: .fixed,
        "where copies of a bucket's map and health are kept"
    )
    package static let storageProgram = Setting(
        "STORAGE_PROGRAM",
        .redirector,
        .text(example: "/usr/bin/storage"),
        standard: .described("`storage` beside it"),
        deployment: .leftOut("the image has it beside the redirector"),
        "the program that fetches these; a folder needs neither"
    )
    package static let mapRefresh = Setting(
        "MAP_REFRESH_SECONDS",
        .redirector,
        .integer(1...86_400, unit: "s"),
        standard: .value("5"),
        "between two looks at the map and the health, while somebody asks for files; the first "
            + "request after a longer pause waits up to 300 ms for one"
    )
    package static let storagePatience = Setting(
        "STORAGE_PATIENCE_MS",
        .redirector,
        .integer(0...60_000, unit: "ms"),
        standard: .value("1500"),
        "how long a request waits for what comes from storage: the first look of a cold start, a "
            + "region's map, digests; then it is answered without"
    )
    package static let healthMaxAge = Setting(
        "HEALTH_MAX_AGE_SECONDS",
        .redirector,
        .integer(1...86_400, unit: "s"),
        standard: .value("900"),
        "probes that are older say nothing: every mirror counts as up, unless it is doubted or "
            + "closed"
    )
    package static let idleTimeout = Setting(
        "IDLE_TIMEOUT_SECONDS",
        .redirector,
        .integer(1...3600, unit: "s"),
        standard: .value("60"),
        "how long a connection may be silent between requests"
    )
    package static let headTimeout = Setting(
        "HEAD_TIMEOUT_SECONDS",
        .redirector,
        .integer(1...3600, unit: "s"),
        standard: .value("10"),
        "how long a request may take to arrive: the head and the body each"
    )
    package static let maxConnections = Setting(
        "MAX_CONNECTIONS",
        .redirector,
        .integer(1...1_000_000, unit: nil),
        standard: .value("10000"),
        "connections that are open at once; beyond, the one on which nothing was answered for "
            + "longest ends"
    )
    package static let maxConnectionsPerNetwork = Setting(
        "MAX_CONNECTIONS_PER_NETWORK",
        .redirector,
        .integer(1...1_000_000, unit: nil),
        standard: .value("1000"),
        "of these, those of one /24 or /48; beyond, that network's own end first. "
            + "`TRUSTED_PROXIES` are exempt: name a gateway there that many clients come through"
    )
    package static let maxRequests = Setting(
        "MAX_REQUESTS",
        .redirector,
        .integer(1...Int.max, unit: nil),
        standard: .value("100000"),
        "requests on one connection, which then ends"
    )
    package static let maxPendingBytes = Setting(
        "MAX_PENDING_BYTES",
        .redirector,
        .integer(1 << 20...1 << 40, unit: "bytes"),
        standard: .value("16777216"),
        "what may wait for clients that do not read, in the process and in the kernel; beyond, "
            + "those that have taken nothing for longest are dropped"
    )
    package static let logRequests = Setting(
        "LOG_REQUESTS",
        .redirector,
        .integer(0...1_000_000_000, unit: "requests"),
        standard: .value("0"),
        "how many requests make one JSON line on standard output: 1 is every one, 0 none"
    )
    package static let logClients = Setting(
        "LOG_CLIENTS",
        .redirector,
        .word(["network", "full", "none"]),
        standard: .value("network"),
        "what these lines tell of a client: its /24 or /48 `network`, its `full` address, or `none`"
    )
    package static let drainSeconds = Setting(
        "DRAIN_SECONDS",
        .redirector,
        .integer(0...3600, unit: "s"),
        standard: .value("5"),
        "how long requests are served after SIGTERM, while `/_/ready` says 503"
    )
    package static let exitIdleSeconds = Setting(
        "EXIT_IDLE_SECONDS",
        .redirector,
        .integer(0...86_400, unit: "s"),
        standard: .value("0"),
        deployment: .leftOut("OpenFaaS stops what is idle by itself"),
        "how long nobody may ask before it ends, where systemd or inetd has opened the port "
            + "(`LISTEN_FDS`) and starts it again for the next request; 0: never"
    )

    static var ofRedirector: [Setting] {
        [
            fallbackURL, countryDatabase, trustedProxies, countryHeader,
            originalURIHeader, listen, port, threads, redirectStatus, redirectMaxAge, maxLinks,
            retrySeconds, statusURL, cacheFolder, storageProgram, mapRefresh, storagePatience,
            healthMaxAge, idleTimeout, headTimeout, maxConnections, maxConnectionsPerNetwork,
            maxRequests, maxPendingBytes, logRequests, logClients, drainSeconds, exitIdleSeconds,
        ]
    }
}
