extension Setting {
    package static let defaultRegion = Setting(
        "DEFAULT_REGION",
        [.checker, .redirector],
        .text(example: "europe"),
        standard: .described("required with `REGION=auto`"),
        "with `REGION=auto`, the region of the checker, and of clients whose country is unknown"
    )
    package static let countryDatabase = Setting(
        "COUNTRY_DB",
        .redirector,
        .text(example: "/usr/share/GeoIP/GeoLite2-Country.mmdb"),
        "MaxMind DB file that tells the country of an address if no trusted proxy does. In "
            + "OpenFaaS it has to be in the image. A replaced file is read at the next start"
    )
    package static let cityDatabase = Setting(
        "CITY_DB",
        .redirector,
        .text(example: "/usr/share/GeoIP/GeoLite2-City.mmdb"),
        "MaxMind DB file that tells the place of an address if no trusted proxy does, such as "
            + "GeoLite2-City. Without `COUNTRY_DB` it also tells the country"
    )
    package static let systemDatabase = Setting(
        "ASN_DB",
        [.leader, .redirector],
        .text(example: "/usr/share/GeoIP/GeoLite2-ASN.mmdb"),
        "MaxMind DB file that tells the autonomous system of an address if no trusted proxy does. "
            + "Only `networks` in `overrides.json` needs it. leader: with "
            + "`LOCATION_DB`, tells mirrors behind a CDN"
    )
    package static let fallbackURL = Setting(
        "FALLBACK_URL",
        .redirector,
        .text(example: "https://distfiles.example.org/"),
        standard: .required,
        "base URL of a host that has every file; the requested path is appended"
    )
    package static let trustedProxies = Setting(
        "TRUSTED_PROXIES",
        .redirector,
        .text(example: "10.0.0.0/8, 2001:db8::/32"),
        standard: .described("none; in template.yaml, private networks"),
        "networks whose `X-Forwarded-For`, `X-Forwarded-Proto`, `Forwarded` and country "
            + "headers are trusted. OpenFaaS's gateway passes on what a client sends in these "
            + "headers, so trust private networks only behind an ingress that overwrites them: "
            + "[Trusted networks](deploy-openfaas.md#trusted-networks)"
    )
    package static let countryHeader = Setting(
        "COUNTRY_HEADER",
        .redirector,
        .text(example: "X-Country-Code"),
        standard: .described("`CF-IPCountry`, `CloudFront-Viewer-Country`, `X-Country-Code`"),
        "header in which trusted proxies send the client's country. With `REDIRECT_MAX_AGE`, "
            + "only a header named here is trusted"
    )
    package static let latitudeHeader = Setting(
        "LATITUDE_HEADER",
        .redirector,
        .text(example: "X-Latitude"),
        standard: .described("`CF-IPLatitude`, `CloudFront-Viewer-Latitude`"),
        "header in which trusted proxies send the client's latitude in degrees; requires "
            + "`LONGITUDE_HEADER`"
    )
    package static let longitudeHeader = Setting(
        "LONGITUDE_HEADER",
        .redirector,
        .text(example: "X-Longitude"),
        standard: .described("`CF-IPLongitude`, `CloudFront-Viewer-Longitude`"),
        "header in which trusted proxies send the client's longitude in degrees"
    )
    package static let systemHeader = Setting(
        "ASN_HEADER",
        .redirector,
        .text(example: "X-ASN"),
        standard: .described("`CloudFront-Viewer-ASN`"),
        "header in which trusted proxies send the number of the client's autonomous system, such "
            + "as `64500` or `AS64500`"
    )
    package static let originalURIHeader = Setting(
        "ORIGINAL_URI_HEADER",
        .redirector,
        .text(example: "X-Original-URI"),
        "header in which trusted proxies send the request target as the client wrote it. Set "
            + "it only if the proxy overwrites this header in what clients send"
    )
    package static let farthestKilometres = Setting(
        "FARTHEST_KM",
        .redirector,
        .integer(100...20_015, unit: "km"),
        standard: .described("any distance"),
        "maximum distance of a mirror from a client whose place is known; without one that near, "
            + "the fallback answers. Mirrors of the client's own network may be farther"
    )
    package static let statusURL = Setting(
        "STATUS_URL",
        [.redirector, .status],
        .text(example: "https://distfiles.example.org/_/status/"),
        standard: .described("redirector: the pages that `status` makes, at `/_/status/`"),
        "public URL of the pages about the mirrors, linked from `/`, feeds and badges"
    )
    package static let cacheFolder = Setting(
        "CACHE_DIR",
        .redirector,
        .text(example: "/var/cache/redirector"),
        standard: .described("the temporary folder"),
        deployment: .fixed,
        "folder for copies of a bucket's map and health"
    )
    package static let storageProgram = Setting(
        "STORAGE_PROGRAM",
        .redirector,
        .text(example: "/usr/bin/storage"),
        standard: .described("`storage` in the redirector's folder"),
        deployment: .leftOut("the image contains it"),
        "program that fetches these copies; not used with a folder"
    )

    static var ofRedirector: [Setting] {
        [
            fallbackURL, countryDatabase, cityDatabase, systemDatabase, trustedProxies,
            countryHeader, latitudeHeader, longitudeHeader, systemHeader, originalURIHeader,
            text(.listen), number(.port), number(.threads), text(.redirectStatus),
            number(.redirectMaxAge), number(.maxLinks), farthestKilometres, number(.retrySeconds),
            statusURL, cacheFolder, storageProgram, number(.mapRefresh), number(.storagePatience),
            number(.healthMaxAge), number(.idleTimeout), number(.headTimeout),
            number(.maxConnections), number(.maxConnectionsPerNetwork), number(.maxRequests),
            number(.maxPendingBytes), number(.logRequests), text(.logClients),
            number(.drainSeconds), number(.exitIdleSeconds),
        ]
    }
}

extension NumberSetting {
    package static let port = NumberSetting(
        "PORT",
        .redirector,
        0...65_535,
        standard: 8080,
        deployment: .leftOut("OpenFaaS calls port 8080, and Knative reserves the name"),
        "port to listen on; 0: any free port, which is logged"
    )
    package static let threads = NumberSetting(
        "THREADS",
        .redirector,
        1...64,
        standard: 1,
        "number of event loops; one answers tens of thousands of requests a second"
    )
    package static let redirectMaxAge = NumberSetting(
        "REDIRECT_MAX_AGE",
        .redirector,
        0...31_536_000,
        unit: "s",
        standard: 0,
        "how long caches may keep a redirect; 0: `no-store`. If set, the choice ignores the "
            + "client's address, because `Vary` cannot name it"
    )
    package static let maxLinks = NumberSetting(
        "MAX_LINKS",
        .redirector,
        0...15,
        standard: 4,
        "maximum number of mirrors in the `Link` header besides the chosen one; 0: no `Link` "
            + "header"
    )
    package static let retrySeconds = NumberSetting(
        "RETRY_SECONDS",
        .redirector,
        0...3600,
        unit: "s",
        standard: 60,
        "a client that asks for the same file again within this time gets the next mirror, up "
            + "to the fourth; 0: always the same one. One server process remembers this; it has "
            + "no effect by CGI or where caches keep redirects"
    )
    package static let mapRefresh = NumberSetting(
        "MAP_REFRESH_SECONDS",
        .redirector,
        1...86_400,
        unit: "s",
        standard: 5,
        "how often map and health are checked for changes while clients ask for files. The "
            + "first request after a longer pause waits up to 300 ms for such a check"
    )
    package static let storagePatience = NumberSetting(
        "STORAGE_PATIENCE_MS",
        .redirector,
        0...60_000,
        unit: "ms",
        standard: 1500,
        "how long a request waits for storage (the first look of a cold start, a region's map, "
            + "digests) before it is answered without"
    )
    package static let healthMaxAge = NumberSetting(
        "HEALTH_MAX_AGE_SECONDS",
        [.redirector, .mirrors],
        1...86_400,
        unit: "s",
        standard: 900,
        "age at which probes expire: then every mirror counts as up unless it is doubted or "
            + "closed. `mirrors doctor` warns at a third of it"
    )
    package static let idleTimeout = NumberSetting(
        "IDLE_TIMEOUT_SECONDS",
        .redirector,
        1...3600,
        unit: "s",
        standard: 60,
        "how long a connection may be idle between requests"
    )
    package static let headTimeout = NumberSetting(
        "HEAD_TIMEOUT_SECONDS",
        .redirector,
        1...3600,
        unit: "s",
        standard: 10,
        "time limit for a request's head to arrive, and for its body"
    )
    package static let maxConnections = NumberSetting(
        "MAX_CONNECTIONS",
        .redirector,
        1...1_000_000,
        standard: 10_000,
        "maximum open connections; at the limit the longest-idle one is closed"
    )
    package static let maxConnectionsPerNetwork = NumberSetting(
        "MAX_CONNECTIONS_PER_NETWORK",
        .redirector,
        1...1_000_000,
        standard: 1000,
        "maximum open connections of one /24 or /48; at the limit that network's longest-idle "
            + "one is closed. `TRUSTED_PROXIES` are exempt: name gateways there that many "
            + "clients come through"
    )
    package static let maxRequests = NumberSetting(
        "MAX_REQUESTS",
        .redirector,
        1...Int.max,
        standard: 100_000,
        "maximum requests on one connection, which is then closed"
    )
    package static let maxPendingBytes = NumberSetting(
        "MAX_PENDING_BYTES",
        .redirector,
        1 << 20...1 << 40,
        unit: "bytes",
        standard: 16_777_216,
        "maximum bytes that wait for clients that do not read, in the process and in the "
            + "kernel; at the limit the clients that have read nothing for longest are dropped"
    )
    package static let logRequests = NumberSetting(
        "LOG_REQUESTS",
        .redirector,
        0...1_000_000_000,
        unit: "requests",
        standard: 0,
        "log one of so many requests as a JSON line on standard output; 1: each request, 0: "
            + "none"
    )
    package static let drainSeconds = NumberSetting(
        "DRAIN_SECONDS",
        .redirector,
        0...3600,
        unit: "s",
        standard: 5,
        "how long to serve requests after SIGTERM, while `/_/ready` answers 503"
    )
    package static let exitIdleSeconds = NumberSetting(
        "EXIT_IDLE_SECONDS",
        .redirector,
        0...86_400,
        unit: "s",
        standard: 0,
        deployment: .leftOut("OpenFaaS stops idle functions itself"),
        "exit after so long without a request, if systemd or inetd opened the port "
            + "(`LISTEN_FDS`) and starts the program again for the next one; 0: never"
    )
}

extension TextSetting {
    package static let listen = TextSetting(
        "LISTEN",
        .redirector,
        .text(example: "127.0.0.1"),
        standard: "::",
        deployment: .leftOut("OpenFaaS needs the default"),
        "address to listen on; `::` accepts IPv6 and IPv4"
    )
    package static let redirectStatus = TextSetting(
        "REDIRECT_STATUS",
        .redirector,
        .word(["302", "307"]),
        standard: "302",
        "status of a redirect"
    )
    package static let logClients = TextSetting(
        "LOG_CLIENTS",
        .redirector,
        .word(["network", "full", "none"]),
        standard: "network",
        "how these lines identify a client: its /24 or /48 `network`, its `full` address, or "
            + "`none`"
    )
}
