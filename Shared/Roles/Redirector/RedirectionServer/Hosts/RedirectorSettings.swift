import AddressDatabases
import Bytes
package import FunctionRuntime
import Mirrors
import ObjectStorage
import Pages
package import Redirection
import URLs

/// The redirector's configuration from the environment.
package struct RedirectorSettings: Sendable {
    package var answers: AnswerSettings
    package var storageURL = TextSetting.storageURL.standard
    /// The folder for copies of blobs if storage is a bucket.
    package var cacheFolder = "/tmp"
    /// The program that fetches them; nil for `storage` beside this program.
    package var storageProgram: String?
    /// The endpoint of the bucket; the program reads the variable itself.
    package var storageEndpoint = ""
    /// The region whose map is used; `auto` for that of the client's country.
    package var region: String
    /// With `auto`, the region for clients of unknown country.
    package var defaultRegion: String?
    /// The address to listen on; `::` includes IPv4.
    package var listen = TextSetting.listen.standard
    package var port = NumberSetting.port.standard
    /// Whether to warn about untrusted proxies in private networks; false if the variable is
    /// `none`.
    package var warnsOfUntrusted = true
    /// Inherited listening sockets, which override `listen` and `port`.
    package var passedSockets: [Int32] = []
    /// A server with inherited sockets may end after this many seconds without a request; 0 is
    /// never.
    package var exitIdleSeconds = NumberSetting.exitIdleSeconds.standard
    /// The number of event loops, each with a thread.
    package var threads = NumberSetting.threads.standard
    /// The interval between two looks at the map and at health.
    package var refreshSeconds = NumberSetting.mapRefresh.standard
    /// The maximum wait of a request for storage before it is answered without.
    package var storagePatienceMilliseconds = NumberSetting.storagePatience.standard
    /// With older health, every access point counts as up.
    package var healthMaxAgeSeconds = NumberSetting.healthMaxAge.standard
    /// How long to serve after SIGTERM while `/_/ready` answers 503, so that a load balancer can
    /// remove this instance first.
    package var drainSeconds = NumberSetting.drainSeconds.standard
    /// How long a connection may be idle between requests.
    package var idleTimeoutSeconds = NumberSetting.idleTimeout.standard
    /// How long the head of a request may take to arrive.
    package var headTimeoutSeconds = NumberSetting.headTimeout.standard
    /// A page about the mirrors that the landing page links to.
    package var statusURL: String?

    /// The maximum number of connections; at the limit, the longest-idle one is closed.
    package var maxConnections = NumberSetting.maxConnections.standard
    /// The maximum number of requests on one connection.
    package var maxRequests = NumberSetting.maxRequests.standard
    /// The maximum number of connections from one network; a trusted proxy's don't count.
    package var maxConnectionsPerNetwork = NumberSetting.maxConnectionsPerNetwork.standard
    /// The maximum number of bytes that wait for clients, in this process and in the kernel.
    package var maxPendingBytes = NumberSetting.maxPendingBytes.standard

    /// A client that requests the same file again within this many seconds gets another mirror;
    /// with 0 the same one.
    package var retrySeconds = NumberSetting.retrySeconds.standard

    /// The number of requests for each line of the request log; 0 for no log.
    package var logInterval = NumberSetting.logRequests.standard
    package var logClients = RequestLog.Clients.network

    package init(region: String, answers: AnswerSettings) {
        self.region = region
        self.answers = answers
    }

    /// Reads the settings; throws ``FunctionError/badRequest(_:)`` with the name of a bad variable.
    package init(_ environment: Environment) throws(FunctionError) {
        self.init(
            region: try Self.region(environment),
            answers: AnswerSettings(fallbackURL: try Self.fallbackURL(environment))
        )
        try readDefaultRegion(environment)
        try readStorage(environment)
        try readServer(environment)
        try readLog(environment)
        try readAnswers(environment)
        try readClients(environment)
    }

    private static func region(_ environment: Environment) throws(FunctionError) -> String {
        guard let region = environment[.region] else {
            throw .badRequest("REGION: expected the id of a region, such as europe, found nothing")
        }
        guard isRegion(region) else {
            throw .badRequest(
                "REGION: expected lower-case letters, digits and hyphens, such as north-america, "
                    + "found \"\(region)\""
            )
        }
        return region
    }

    private static func fallbackURL(_ environment: Environment) throws(FunctionError) -> [UInt8] {
        guard let text = environment[.fallbackURL] else {
            throw .badRequest(
                "FALLBACK_URL: expected the URL of a host that has every file, such as "
                    + "https://example.org/, found nothing"
            )
        }
        guard let url = AnswerSettings.baseURL(text) else {
            throw .badRequest(
                "FALLBACK_URL: expected an absolute http or https URL without query, such as "
                    + "https://example.org/, found \"\(PrivateURL(text))\""
            )
        }
        return url
    }

    private mutating func readDefaultRegion(_ environment: Environment) throws(FunctionError) {
        defaultRegion = environment[.defaultRegion]
        guard !isRegional || defaultRegion != nil else {
            throw .badRequest(
                "DEFAULT_REGION: with REGION=auto expected the region of clients whose country is "
                    + "not known, such as europe, found nothing"
            )
        }
    }

    private mutating func readStorage(_ environment: Environment) throws(FunctionError) {
        storageURL = environment[.storageURL]
        cacheFolder = environment[.cacheFolder] ?? environment["TMPDIR"] ?? cacheFolder
        storageProgram = environment[.storageProgram]
        storageEndpoint = environment[.s3Endpoint] ?? storageEndpoint
        refreshSeconds = try environment.number(.mapRefresh)
        storagePatienceMilliseconds = try environment.number(.storagePatience)
        healthMaxAgeSeconds = try environment.number(.healthMaxAge)
    }

    /// Sockets, connections and the process.
    private mutating func readServer(_ environment: Environment) throws(FunctionError) {
        listen = environment[.listen]
        guard IPAddress(listen) != nil else {
            throw .badRequest(
                "LISTEN: expected an IP address, such as :: or 127.0.0.1, found \"\(listen)\""
            )
        }
        port = try environment.number(.port)
        threads = try environment.number(.threads)
        drainSeconds = try environment.number(.drainSeconds)
        exitIdleSeconds = try environment.number(.exitIdleSeconds)
        idleTimeoutSeconds = try environment.number(.idleTimeout)
        headTimeoutSeconds = try environment.number(.headTimeout)
        maxConnections = try environment.number(.maxConnections)
        maxConnectionsPerNetwork = try environment.number(.maxConnectionsPerNetwork)
        maxRequests = try environment.number(.maxRequests)
        maxPendingBytes = try environment.number(.maxPendingBytes)
        retrySeconds = try environment.number(.retrySeconds)
    }

    private mutating func readLog(_ environment: Environment) throws(FunctionError) {
        logInterval = try environment.number(.logRequests)
        let clients = environment[.logClients]
        guard let known = RequestLog.Clients(rawValue: clients) else {
            throw .badRequest("LOG_CLIENTS: expected network, full or none, found \"\(clients)\"")
        }
        logClients = known
    }

    /// What redirects and pages look like.
    private mutating func readAnswers(_ environment: Environment) throws(FunctionError) {
        switch environment[.redirectStatus] {
        case "302": answers.status = .found
        case "307": answers.status = .temporaryRedirect
        case _ where environment["GATEWAY_INTERFACE"] != nil:
            // lighttpd and Apache set this variable for CGI programs, with another meaning.
            answers.status = .found
        case let other:
            throw .badRequest("REDIRECT_STATUS: expected 302 or 307, found \"\(other)\"")
        }
        let maxAge = try environment.number(.redirectMaxAge)
        if maxAge > 0 { answers.maxAge = UInt64(maxAge) }
        answers.maxLinks = try environment.number(.maxLinks)
        if let kilometres = try environment.integer(.farthestKilometres) {
            answers.reach = Reach(kilometres: Int64(kilometres))
        }
        answers.showsFolders = try environment.isOn(.browse)
        if let url = environment[.statusURL] {
            guard AnswerSettings.baseURL(url) != nil || url.first == "/" else {
                throw .badRequest(
                    "STATUS_URL: expected an http or https URL or a path that begins with a slash, "
                        + "found \"\(PrivateURL(url))\""
                )
            }
            statusURL = url
        }
    }

    /// How proxies and databases tell who and where clients are.
    private mutating func readClients(_ environment: Environment) throws(FunctionError) {
        if let proxies = environment[.trustedProxies] {
            guard let trusted = TrustedProxies(proxies) else {
                throw .badRequest(
                    "TRUSTED_PROXIES: expected none, or networks joined by commas, such as "
                        + "10.0.0.0/8, 2001:db8::/32, found \"\(proxies)\""
                )
            }
            answers.trustedProxies = trusted
            warnsOfUntrusted = !trusted.isEmpty
        }
        answers.countryHeader = try Self.header(
            in: .countryHeader,
            such: "X-Country-Code",
            environment
        )
        answers.originalURIHeader = try Self.header(
            in: .originalURIHeader,
            such: "X-Original-URI",
            environment
        )
        answers.placeHeaders = try Self.placeHeaders(environment)
        answers.systemHeader = try Self.header(
            in: .systemHeader,
            such: "X-ASN",
            longest: FieldName.longestUnvaried,
            environment
        )
        answers.databases = ClientDatabases(
            countries: try Self.database(.countryDatabase, of: .countries, environment),
            cities: try Self.database(.cityDatabase, of: .places, environment),
            systems: try Self.database(.systemDatabase, of: .systems, environment)
        )
    }

    /// The header name in a variable, or nil.
    private static func header(
        in setting: Setting,
        such example: String,
        longest: Int = FieldName.longest,
        _ environment: Environment
    ) throws(FunctionError) -> FieldName? {
        guard let name = environment[setting] else { return nil }
        guard let header = FieldName(name, longest: longest) else {
            throw .badRequest(
                "\(setting.name): expected the name of a header with \(longest) characters at "
                    + "most, such as \(example), found \"\(name)\""
            )
        }
        return header
    }

    /// The headers with the client's place; either both or neither must be set.
    private static func placeHeaders(
        _ environment: Environment
    ) throws(FunctionError) -> ClientHeaders.Place? {
        func header(_ setting: Setting, such example: String) throws(FunctionError) -> FieldName? {
            try Self.header(
                in: setting,
                such: example,
                longest: FieldName.longestUnvaried,
                environment
            )
        }
        let latitude = try header(.latitudeHeader, such: "X-Latitude")
        let longitude = try header(.longitudeHeader, such: "X-Longitude")
        switch (latitude, longitude) {
        case (let latitude?, let longitude?):
            return ClientHeaders.Place(latitude: latitude, longitude: longitude)
        case (nil, nil): return nil
        case (nil, _):
            throw .badRequest("LATITUDE_HEADER: expected with LONGITUDE_HEADER, found nothing")
        case (_, nil):
            throw .badRequest("LONGITUDE_HEADER: expected with LATITUDE_HEADER, found nothing")
        }
    }

    /// The database in a variable, memory-mapped; nil if the variable is empty.
    private static func database(
        _ setting: Setting,
        of content: MaxMindDatabase.Content,
        _ environment: Environment
    ) throws(FunctionError) -> MaxMindDatabase? {
        guard let path = environment[setting] else { return nil }
        do {
            guard let file = try MappedFile.open(path) else {
                throw FunctionError.badRequest("\(setting.name): there is no file \(path)")
            }
            return try MaxMindDatabase(file.bytes, of: content)
        } catch let error as FunctionError {
            throw error
        } catch {
            throw .badRequest("\(setting.name): \(path): \(error)")
        }
    }

    /// Makes the answers that are more than a redirect.
    func pages(
        metrics: Metrics,
        protocol answerProtocol: ResponseWriter.AnswerProtocol = .http,
        regions: RegionalMaps? = nil,
        blobs: LocalBlobs,
        fetches: BlobFetches
    ) -> PageAnswers {
        PageAnswers(
            settings: answers,
            metrics: metrics,
            protocol: answerProtocol,
            blobs: StoredPageBlobs(
                blobs,
                fetches,
                storagePatience: Int64(storagePatienceMilliseconds)
            ),
            regions: { [region] in regions?.regionIDs ?? [region] },
            generator: "Redirector/\(Function.version)",
            statusURL: statusURL
        )
    }

    /// Whether the client's country determines the map.
    package var isRegional: Bool { region == "auto" }

    private static func isRegion(_ text: String) -> Bool {
        text.utf8.allSatisfy { byte in
            (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte)
                || byte == UInt8(ascii: "-")
        }
    }
}
