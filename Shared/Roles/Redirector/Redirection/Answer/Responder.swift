import AddressDatabases
import Bytes
package import Mirrors
import URLs

/// Answers requests: takes the bytes of a request's head, and appends the bytes of its answer.
///
/// There is one for each event loop, or one for the single request of a CGI program. Its buffers
/// serve requests in turn, so that an answer allocates nothing. It has no access to sockets and
/// clocks.
package struct Responder: ~Copyable {
    /// The identity of a connection's peer.
    package struct Peer: Sendable {
        package var address: IPAddress?
        package var isHTTPS: Bool

        package init(address: IPAddress?, isHTTPS: Bool = false) {
            self.address = address
            self.isHTTPS = isHTTPS
        }
    }

    package let settings: AnswerSettings
    package let metrics: Metrics
    /// Nil until a map was loaded; with several regions it is the map of none of them.
    package var snapshot: Snapshot?
    /// Determines the map for a client; nil if there is one region, or if the regions are not known
    /// yet.
    package var regions: RegionTable? {
        didSet { hasRegions = regions != nil }
    }
    /// The loaded maps of several regions, by the region's number.
    package var regionSnapshots: [Int: Snapshot] = [:]
    /// Regions whose map is not waited for: the default region's map stands in.
    package var missingRegions: Set<Int> = []
    /// A generation whose details are not waited for: its redirects have no digests.
    package var missingDetails: UInt32?
    /// Whether requests for paths and pages wait for a look at storage.
    package var awaitsLook = false
    /// Whether a path or a page was requested since this was last reset.
    package var wasAsked = false
    /// The latest untrusted peer that named another client, since this was last reset.
    package var untrustedPeer: IPAddress?
    /// Whether `/_/ready` answers 200: the first attempt to load a map is over, and shutdown has
    /// not begun.
    package var isReady = false

    /// The request log; nil if there is none.
    package var log: RequestLog?

    /// Makes the answers that need more than the map; without one, every path is redirected.
    let pages: (any PageRenderer)?
    /// Where the caller makes pages, so that no other request waits for them; nil to make them
    /// here.
    let executor: (any PageExecutor)?
    /// Whether there are pages and regions: testing the optionals would copy them for each request.
    private let hasPages: Bool
    private var hasRegions = false
    /// The mirrors that clients got recently; nil if retries are not detected.
    let retries: RetryTable?
    /// Detects requests that the fallback host sends back; nil if nobody would read the report.
    let fallbackWatch: FallbackWatch?
    let fallback: FallbackAddress
    /// Whether the current request named a mirror that it does not get from the map.
    var missesNamedMirror = false
    /// The target of the current request.
    var target = RequestTarget()
    /// The buffer for the next request's choice; empty while a redirection uses it.
    private var spareSelection = Selection()
    private var writer: ResponseWriter
    /// The headers in which trusted hops describe the client.
    private let clientHeaders: ClientHeaders

    package init(
        settings: AnswerSettings,
        metrics: Metrics,
        protocol answerProtocol: ResponseWriter.AnswerProtocol = .http,
        pages: (any PageRenderer)? = nil,
        executor: (any PageExecutor)? = nil,
        retries: RetryTable? = nil,
        fallbackWatch: FallbackWatch? = nil
    ) {
        self.settings = settings
        self.metrics = metrics
        self.pages = pages
        self.executor = executor
        hasPages = pages != nil
        self.retries = retries
        self.fallbackWatch = fallbackWatch
        fallback = FallbackAddress(settings.fallbackURL)
        writer = ResponseWriter(settings: settings, protocol: answerProtocol)
        clientHeaders = settings.clientHeaders
    }

    /// Answers the request with `head`, whose bytes begin `bytes`, by appending to `answer`, or
    /// returns what else has to happen.
    ///
    /// `now` is in seconds since 1970. `closing` says that the connection ends with this answer. An
    /// impatient request is answered from what is available.
    @discardableResult
    package mutating func answer(
        _ head: RequestHead,
        in bytes: Span<UInt8>,
        from peer: Peer,
        now: Int64,
        closing: Bool,
        isPatient: Bool = false,
        to answer: inout [UInt8]
    ) -> Outcome {
        let request = ReceivedRequest(
            head,
            in: bytes,
            from: peer,
            now: now,
            closing: closing,
            forwarded: forwardedFields(of: head, in: bytes, from: peer)
        )
        if head.isForwarded, request.forwarded == nil { untrustedPeer = peer.address }
        writer.begin(request.head, now: now, closing: closing)
        do throws(RequestError) {
            guard request.head.method != .other else { throw RequestError.unsupportedMethod }
            try target.read(request.target)
        } catch {
            refuse(error, request.head, now: now, to: &answer)
            return .answered
        }
        if let outcome = answerItself(request, from: peer, now: now, to: &answer) { return outcome }
        wasAsked = true
        if awaitsLook, isPatient { return .waits(for: .look) }
        let query = target.query.map { RequestQuery(request.target.extracting($0)) }
        var client = client(of: request, query)
        // Take one reference for the whole request, here.
        var snapshot = snapshot
        if hasRegions, let outcome = chooseRegion(for: client, query, isPatient, &snapshot) {
            return outcome
        }
        findSystem(of: &client, for: snapshot)
        let redirection = redirection(for: client, query?.preferences, from: snapshot)
        if hasPages {
            if let choice = page(request, query, redirection, from: snapshot) {
                if executor?.hasRoom(for: peer) ?? true {
                    return render(choice.page, request, client, query, from: snapshot, to: &answer)
                }
                if !choice.isNegotiated {
                    refuse(.tooManyPages, request.head, now: now, to: &answer)
                    return .answered
                }
            } else if isPatient, request.head.wantsDigest, let snapshot,
                redirection.isToMirror, lacksDetails(snapshot)
            {
                return .waits(for: .details(generation: snapshot.generation))
            }
        }
        write(redirection, request, client, query, to: &answer)
        return .answered
    }

    /// Appends the answer to a malformed request.
    ///
    /// The connection ends with it.
    package mutating func refuse(_ error: RequestError, now: Int64, to answer: inout [UInt8]) {
        var head = RequestHead()
        head.method = .get
        writer.begin(head, now: now, closing: true)
        refuse(error, head, now: now, to: &answer)
    }
}

// MARK: - The steps, in their order

extension Responder {
    /// Answers what needs no map: endpoints, status pages, and our own checker, which must not be
    /// redirected; nil for all other requests.
    private mutating func answerItself(
        _ request: borrowing ReceivedRequest,
        from peer: Peer,
        now: Int64,
        to answer: inout [UInt8]
    ) -> Outcome? {
        if let endpoint = Endpoint.at(target.path) {
            write(endpoint, now: now, to: &answer)
            return .answered
        }
        if hasPages, StatusPath.matches(target.path) {
            guard executor?.hasRoom(for: peer) ?? true else {
                refuse(.tooManyPages, request.head, now: now, to: &answer)
                return .answered
            }
            return render(.status, request, client(of: request, nil), nil, from: nil, to: &answer)
        }
        guard request.head.isChecker else { return nil }
        refuse(.checker, request.head, now: now, to: &answer)
        return .answered
    }

    /// Sets `snapshot` to the map of the client's region; returns what to wait for if it is not
    /// loaded.
    private func chooseRegion(
        for client: Client,
        _ query: RequestQuery?,
        _ isPatient: Bool,
        _ snapshot: inout Snapshot?
    ) -> Outcome? {
        guard let regions else { return nil }
        let region = regions.region(of: query?.preferences?.country ?? client.country)
        snapshot = regionSnapshots[region]
        guard snapshot == nil else { return nil }
        if isPatient, !missingRegions.contains(region) {
            return .waits(for: .regionMap(region, isGuess: regions.isGuess))
        }
        snapshot = regionSnapshots[regions.defaultRegion]
        return nil
    }

    /// Looks up the client's autonomous system if the map has rules about any.
    private func findSystem(of client: inout Client, for snapshot: Snapshot?) {
        guard let snapshot, snapshot.table.networks.namesSystems, client.system == nil,
            let address = client.address
        else { return }
        client.system = settings.databases.systems?.system(of: address)
    }

    /// What the peer says about the client, if it is trusted to.
    private func forwardedFields(
        of head: RequestHead,
        in bytes: Span<UInt8>,
        from peer: Peer
    ) -> ForwardedFields? {
        guard !settings.trustedProxies.isEmpty, let address = peer.address,
            settings.trustedProxies.contains(address)
        else { return nil }
        return ForwardedFields(head, in: bytes, clientHeaders)
    }

    private mutating func refuse(
        _ error: RequestError,
        _ head: RequestHead,
        now: Int64,
        to answer: inout [UInt8]
    ) {
        metrics.countRefusal()
        writer.write(error, to: &answer)
        note(.refused(error), head, from: nil, now: now)
    }

    private mutating func write(_ endpoint: Endpoint, now: Int64, to answer: inout [UInt8]) {
        switch endpoint {
        case .health:
            writer.write(.ok, text: "OK\n", to: &answer)
        case .ready where isReady:
            writer.write(.ok, text: "OK\n", to: &answer)
        case .ready:
            writer.write(.serviceUnavailable, text: "not ready\n", to: &answer)
        case .metrics:
            writer.write(
                .ok,
                text: metrics.text(snapshot: snapshot, now: now),
                type: "text/plain; version=0.0.4; charset=utf-8",
                to: &answer
            )
        }
    }

    /// The client, as far as the answer may depend on it.
    private func client(of request: borrowing ReceivedRequest, _ query: RequestQuery?) -> Client {
        var client = ClientAddress.client(
            peer: request.peer.address,
            isPeerHTTPS: request.peer.isHTTPS,
            request.forwarded,
            in: request.bytes,
            trusting: settings.trustedProxies
        )
        // What a cache keeps for all clients must not depend on inputs that Vary cannot name.
        if settings.maxAge != nil {
            client.address = nil
            client.place = nil
            client.system = nil
        }
        if let address = client.address { settings.databases.complete(&client, at: address) }
        if query?.requiresHTTPS == true { client.isHTTPS = true }
        client.reach = settings.reach
        return client
    }

    /// The decision for the target that was just read.
    private mutating func redirection(
        for client: Client,
        _ preferences: Preferences?,
        from snapshot: Snapshot?
    ) -> Redirection {
        missesNamedMirror = false
        guard let snapshot else { return .fallback(.noMap) }
        // Skipping mirrors that a client already got takes more candidates.
        let limit = retries == nil ? settings.maxLinks + 1 : max(settings.maxLinks + 1, 4)
        var selection = spareSelection.taken()
        let isKnown = target.takeSpelling { path in
            snapshot.select(
                path: path,
                for: client,
                limit: limit,
                preferences: preferences,
                into: &selection
            )
        }
        if isKnown, !selection.isEmpty {
            if let mirror = preferences?.mirror {
                missesNamedMirror =
                    snapshot.table.entries[selection.accessPoint(at: 0)].seed != mirror
            }
            return .mirror(selection, of: snapshot)
        }
        let reason: FallbackReason =
            !isKnown
            ? .unknownPath
            : selection.farCount > 0
                ? .noMirrorNear : selection.excludedCount == 0 ? .noReplica : .noMirrorUp
        spareSelection = consume selection
        return .fallback(reason)
    }

    private mutating func write(
        _ redirection: consuming Redirection,
        _ request: borrowing ReceivedRequest,
        _ client: Client,
        _ query: RequestQuery?,
        to answer: inout [UInt8]
    ) {
        metrics.count(redirection)
        target.encode()
        switch consume redirection {
        case .mirror(var selection, of: let snapshot):
            var left: Int?
            if request.head.method == .get, query?.preferences == nil {
                left = retry(request, for: client, &selection)
            }
            let passedOver = passedOver(left, query?.preferences, snapshot)
            writer.write(selection, target, of: snapshot, to: &answer)
            let chosen = selection.accessPoint(at: 0)
            spareSelection = consume selection
            if chosen < snapshot.counters.count { snapshot.counters[chosen].count() }
            if log != nil {
                let table = snapshot.table
                let id = table.id(of: table.entries[chosen]).array
                let others = passedOver.map { table.id(of: table.entries[$0]).array }
                let outcome = RequestLog.Outcome.mirror(accessPoint: id, passedOver: others)
                note(outcome, request.head, from: client, now: request.now)
            }
        case .fallback(let reason):
            guard !leadsBack(request, client) else {
                writer.write(RequestError.noFallback, to: &answer)
                note(.fallback(reason), request.head, from: client, now: request.now)
                return
            }
            let target = encodedTargetAndQuery(of: request)
            writer.writeFallback(encoded: target, reason, to: &answer)
            note(.fallback(reason), request.head, from: client, now: request.now)
        }
    }

    /// Logs the outcome of a request, if it is due for a line; without a client, the path was not
    /// read.
    mutating func note(
        _ outcome: RequestLog.Outcome,
        _ head: RequestHead,
        from client: Client?,
        now: Int64
    ) {
        guard log?.wantsNext() == true else { return }
        let path = client == nil ? nil : target.path
        log?.add(outcome, method: head.method, path: path, client: client, now: now)
    }

    /// The snapshot of a catalog generation, if answers are made from one.
    package func snapshot(of generation: UInt32) -> Snapshot? {
        if let snapshot, snapshot.generation == generation { return snapshot }
        return regionSnapshots.values.first { $0.generation == generation }
    }
}
