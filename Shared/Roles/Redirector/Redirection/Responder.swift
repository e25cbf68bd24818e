/// Answers requests: the bytes of a request's head in, the bytes of its answer out.
///
/// One per event loop, or one for the single request of a CGI program; its buffers serve one request
/// after the other, so that an answer allocates nothing. It knows nothing of sockets and clocks.
package struct Responder: ~Copyable {
    /// What the peer of a connection is known by.
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
    /// Nil until a map has been loaded; with several regions the map of none of them.
    package var snapshot: Snapshot?
    /// The maps of several regions, as far as they have been loaded, by the region's number.
    package var regionSnapshots: [Int: Snapshot] = [:]
    /// Whether `/_/ready` says yes: the first attempt to load a map is over, and no shutdown has begun.
    package var isReady = false

    /// Takes down what became of requests; nil where nobody reads it.
    package var log: RequestLog?

    /// Makes the answers that take more than the map; without one every path is redirected.
    private let pages: (any PageRenderer)?
    /// Whether they are made by the caller, so that no other request waits for them.
    private let defersPages: Bool
    /// Tells which map a client's answer is made from; nil where there is one region.
    private let regions: (any RegionMaps)?
    private var retries: RetryTable?
    private var target = RequestTarget()
    private var selection = Selection()
    private var writer: ResponseWriter
    /// Where trusted hops name the client's country.
    private let countryHeaders: [FieldName]

    package init(
        settings: AnswerSettings,
        metrics: Metrics,
        protocol answerProtocol: ResponseWriter.AnswerProtocol = .http,
        pages: (any PageRenderer)? = nil,
        defersPages: Bool = false,
        regions: (any RegionMaps)? = nil
    ) {
        self.settings = settings
        self.metrics = metrics
        self.pages = pages
        self.defersPages = defersPages
        self.regions = regions
        if settings.retrySeconds > 0 { retries = RetryTable(seconds: settings.retrySeconds) }
        writer = ResponseWriter(settings: settings, protocol: answerProtocol)
        countryHeaders = settings.countryHeaders
    }

    /// Appends the answer to the request with `head`, whose bytes begin `bytes`, to `answer`; or
    /// returns what makes it, where that takes more than the map and pages are deferred.
    ///
    /// `now` is in seconds since 1970. `closing` says that the connection ends with this answer.
    @discardableResult
    package mutating func answer(
        _ head: RequestHead,
        in bytes: Span<UInt8>,
        from peer: Peer,
        now: Int64,
        closing: Bool,
        to answer: inout [UInt8]
    ) -> DeferredAnswer? {
        var head = head
        let fields = forwardedFields(of: head, in: bytes, from: peer)
        head.target = head.originalTarget(in: bytes, fields)
        writer.begin(head, now: now, closing: closing)
        do throws(RequestError) {
            guard head.method != .other else { throw RequestError.unsupportedMethod }
            try target.read(bytes.extracting(head.target))
        } catch {
            metrics.count(.refused(error))
            writer.write(error, to: &answer)
            note(.refused(error), head, from: nil, now: now)
            return nil
        }
        if let endpoint = Endpoint.at(target.path) {
            write(endpoint, now: now, to: &answer)
            return nil
        }
        if head.isChecker {
            metrics.count(.refused(.checker))
            writer.write(RequestError.checker, to: &answer)
            note(.refused(.checker), head, from: nil, now: now)
            return nil
        }
        var client = ClientAddress.client(
            peer: peer.address,
            isPeerHTTPS: peer.isHTTPS,
            fields,
            in: bytes,
            trusting: settings.trustedProxies
        )
        // What a cache keeps for all must not depend on what no Vary can name.
        if settings.maxAge != nil { client.address = nil }
        if client.country == nil, let countries = settings.countries, let address = client.address {
            client.country = countries.country(of: address)
        }
        let query = target.query.map { RequestQuery(bytes.extracting(head.target).extracting($0)) }
        if query?.requiresHTTPS == true { client.isHTTPS = true }
        // A reference is counted once for a request, here.
        var current = snapshot
        if let regions {
            let region = regions.region(of: query?.wishes?.country ?? client.country)
            current = regionSnapshots[region]
            if current == nil {
                return answerLater(
                    head,
                    bytes.extracting(0..<head.byteCount).array,
                    from: peer,
                    now: now,
                    closing: closing,
                    after: { regions.load(region) },
                    to: &answer
                )
            }
        }

        let redirection = redirection(for: client, query?.wishes, from: current)
        if pages != nil, let page = page(head, in: bytes, query, redirection, from: current),
            let pages
        {
            note(.page, head, from: client, now: now)
            let request = PageRequest(
                page: page,
                path: target.path,
                client: client,
                wishes: query?.wishes,
                snapshot: current,
                head: head,
                bytes: bytes.extracting(0..<head.byteCount).array,
                peer: peer,
                now: now,
                closing: closing
            )
            if defersPages { return DeferredAnswer { pages.answer(request) } }
            answer += pages.answer(request)
            return nil
        }
        metrics.count(redirection)
        switch redirection {
        case .mirror:
            // Only a snapshot makes a selection.
            guard let current else { return nil }
            if head.method == .get, query?.wishes == nil { passOver(for: client, now: now) }
            target.encode()
            writer.write(selection, target, of: current, to: &answer)
            let chosen = selection.accessPoint(at: 0)
            if chosen < current.counters.count { current.counters[chosen].count() }
            if log != nil {
                let table = current.table
                let id = table.id(of: table.entries[chosen]).array
                note(.mirror(accessPoint: id), head, from: client, now: now)
            }
        case .fallback(let reason):
            target.encode()
            var encoded = target.encoded.array
            if let range = target.query, !range.isEmpty {
                encoded.append(UInt8(ascii: "?"))
                let query = bytes.extracting(head.target).extracting(range)
                Location.append(query: query, to: &encoded)
            }
            writer.writeFallback(encoded: encoded, reason, to: &answer)
            note(.fallback(reason), head, from: client, now: now)
        case .refused(let error):
            writer.write(error, to: &answer)
            note(.refused(error), head, from: client, now: now)
        }
        return nil
    }

    /// What the peer says about the client, where it may speak for others.
    private func forwardedFields(
        of head: RequestHead,
        in bytes: Span<UInt8>,
        from peer: Peer
    ) -> ForwardedFields? {
        guard !settings.trustedProxies.isEmpty, let address = peer.address,
            settings.trustedProxies.contains(address)
        else { return nil }
        return ForwardedFields(head, in: bytes, countryHeaders: countryHeaders)
    }

    /// Takes down what became of a request, if it is one that gets a line; without a client the path
    /// has not been read.
    private mutating func note(
        _ outcome: RequestLog.Outcome,
        _ head: RequestHead,
        from client: Client?,
        now: Int64
    ) {
        guard log?.wantsNext() == true else { return }
        let path = client == nil ? nil : target.path
        log?.add(outcome, method: head.method, path: path, client: client, now: now)
    }

    /// Answers the request again once `load` has brought its map.
    private func answerLater(
        _ head: RequestHead,
        _ bytes: [UInt8],
        from peer: Peer,
        now: Int64,
        closing: Bool,
        after load: @escaping @Sendable () -> Snapshot?,
        to answer: inout [UInt8]
    ) -> DeferredAnswer? {
        let (settings, metrics, pages) = (settings, metrics, pages)
        let answerProtocol = writer.answerProtocol
        let deferred = DeferredAnswer {
            var responder = Responder(
                settings: settings,
                metrics: metrics,
                protocol: answerProtocol,
                pages: pages
            )
            responder.snapshot = load()
            var answer: [UInt8] = []
            responder.answer(
                head,
                in: bytes.span,
                from: peer,
                now: now,
                closing: closing,
                to: &answer
            )
            return answer
        }
        if defersPages { return deferred }
        answer += deferred.bytes()
        return nil
    }

    /// Appends the answer to a request whose head could not be understood.
    ///
    /// It ends the connection.
    package mutating func refuse(_ error: RequestError, now: Int64, to answer: inout [UInt8]) {
        metrics.count(.refused(error))
        var head = RequestHead()
        note(.refused(error), head, from: nil, now: now)
        head.method = .get
        writer.begin(head, now: now, closing: true)
        writer.write(error, to: &answer)
    }

    /// Where the request that was just read goes.
    ///
    /// A directory's key ends in a slash. Asked for without one it is found too, and the Location gets
    /// the slash; asked for with one, a file is not.
    private mutating func redirection(
        for client: Client,
        _ wishes: Wishes?,
        from snapshot: Snapshot?
    ) -> Redirection {
        guard let snapshot else { return .fallback(.noMap) }
        // To pass over those that a client got nothing from takes some more.
        let limit = retries == nil ? settings.maxLinks + 1 : max(settings.maxLinks + 1, 4)
        if snapshot.select(
            path: target.path,
            for: client,
            limit: limit,
            wishes: wishes,
            into: &selection
        ) {
            return outcomeOfSelection
        }
        guard !target.hasTrailingSlash, !target.path.isEmpty else { return .fallback(.unknownPath) }
        target.appendSlash()
        if snapshot.select(
            path: target.path,
            for: client,
            limit: limit,
            wishes: wishes,
            into: &selection
        ) {
            return outcomeOfSelection
        }
        target.removeSlash()
        var spellings = EncodedSpellings(of: target.path)
        while let path = spellings.next() {
            if snapshot.select(
                path: path,
                for: client,
                limit: limit,
                wishes: wishes,
                into: &selection
            ) {
                target.replace(path: path)
                return outcomeOfSelection
            }
        }
        return .fallback(.unknownPath)
    }

    /// Gives a client that has asked for this file a moment ago the next candidate.
    ///
    /// Its whole address counts, not its network: a neighbour that asks for the first time is no retry.
    private mutating func passOver(for client: Client, now: Int64) {
        guard retries != nil, let address = client.address else { return }
        let key = Rendezvous.key(network: address, path: target.path.span)
        selection.passOver(retries?.earlierAttempts(of: key, now: now) ?? 0)
    }

    private var outcomeOfSelection: Redirection {
        if !selection.isEmpty { return .mirror }
        return .fallback(selection.excludedCount == 0 ? .noReplica : .noMirrorUp)
    }

    /// What the request is answered with instead of `redirection`, or nil.
    ///
    /// A path that exists wins over a page: `foo.meta4` is the file of that name where there is one.
    private mutating func page(
        _ head: RequestHead,
        in bytes: Span<UInt8>,
        _ query: RequestQuery?,
        _ redirection: Redirection,
        from snapshot: Snapshot?
    ) -> Page? {
        if target.path.isEmpty { return query?.page == .mirrorList ? .mirrorList : .landing }
        var isUnknown = false
        if case .fallback(let reason) = redirection {
            isUnknown = reason == .unknownPath || reason == .noMap
        }
        switch query?.page {
        case .mirrorList, .explanation: return query?.page
        case .metalink where !isUnknown && !target.hasTrailingSlash: return .metalink
        default: break
        }
        if isUnknown { return pageOfSuffix(from: snapshot) }
        if target.hasTrailingSlash { return nil }
        if AcceptedTypes(bytes.extracting(head.accept)).wantsMetalink { return .metalink }
        if head.wantsDigest, case .mirror = redirection, snapshot?.details == nil {
            return .redirect
        }
        return nil
    }

    /// The page that the end of an unknown path asks for, of the known path without that end.
    private mutating func pageOfSuffix(from snapshot: Snapshot?) -> Page? {
        guard let snapshot else { return nil }
        for (suffix, page) in [(".meta4", Page.metalink), (".mirrorlist", .mirrorList)]
            as [(StaticString, Page)]
        where target.has(suffix: suffix) {
            let name = Array(target.path.dropLast(suffix.utf8CodeUnitCount))
            if snapshot.knows(name) {
                target.remove(suffix: suffix)
                return page
            }
        }
        return nil
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
}

/// The paths that are answered here instead of by a mirror.
private enum Endpoint {
    case health
    case ready
    case metrics

    /// The one at `path`; no initialiser, which would own the path and count a reference for it.
    static func at(_ path: [UInt8]) -> Endpoint? {
        switch path.count {
        case 7 where path.elementsEqual("metrics".utf8): .metrics
        case 7 where path.elementsEqual("_/ready".utf8): .ready
        case 8 where path.elementsEqual("_/health".utf8): .health
        default: nil
        }
    }
}
