extension Responder {
    /// A page that answers a request instead of a redirect.
    struct PageChoice {
        let page: Page
        /// Whether the client would also take the redirect: it requested the path and prefers the
        /// page.
        var isNegotiated = false
    }

    /// The page to answer with instead of `redirection`, or nil.
    ///
    /// An existing path takes precedence over a page: `foo.meta4` is the file of that name if there
    /// is one.
    mutating func page(
        _ request: borrowing ReceivedRequest,
        _ query: RequestQuery?,
        _ redirection: borrowing Redirection,
        from snapshot: Snapshot?
    ) -> PageChoice? {
        if target.path.isEmpty {
            return switch query?.page {
            case .mirrorList: PageChoice(page: .mirrorList)
            case .folder where settings.showsFolders: PageChoice(page: .folder)
            default: PageChoice(page: .landing)
            }
        }
        let isUnknown = redirection.isOfUnknownPath
        switch query?.page {
        case .mirrorList: return PageChoice(page: .mirrorList)
        case .explanation: return PageChoice(page: .explanation)
        case .metalink?, .metalink3?, .sha256?, .sha512?, .blake2b?:
            guard !isUnknown, !target.hasTrailingSlash, let page = query?.page else { break }
            return PageChoice(page: page)
        default: break
        }
        if missesNamedMirror { return PageChoice(page: .mirror, isNegotiated: true) }
        if isUnknown { return pageOfSuffix(from: snapshot).map { PageChoice(page: $0) } }
        if target.hasTrailingSlash { return folderPage(request, query) }
        let accept = request.bytes.extracting(request.head.accept)
        guard AcceptedTypes(accept).wantsMetalink else { return nil }
        return PageChoice(page: .metalink, isNegotiated: true)
    }

    /// The listing that a browser gets for a folder; nil for all other clients.
    ///
    /// The page has relative links, so the folder must be requested with its slash. A range request
    /// gets no page.
    private func folderPage(
        _ request: borrowing ReceivedRequest,
        _ query: RequestQuery?
    ) -> PageChoice? {
        guard settings.showsFolders else { return nil }
        let end = target.query.map { $0.lowerBound - 1 } ?? request.target.count
        guard end > 0, request.target[end - 1] == UInt8(ascii: "/") else { return nil }
        if query?.page == .folder { return PageChoice(page: .folder) }
        guard !request.head.hasRange else { return nil }
        let accept = request.bytes.extracting(request.head.accept)
        guard AcceptedTypes(accept).areOfABrowser else { return nil }
        return PageChoice(page: .browsedFolder, isNegotiated: true)
    }

    /// Whether the digests of the files are not loaded yet, but may be.
    func lacksDetails(_ snapshot: Snapshot) -> Bool {
        snapshot.details == nil && snapshot.generation != missingDetails
    }

    /// The page requested by the suffix of an unknown path, about the known path without the
    /// suffix.
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

    /// Makes the page, here or through the caller.
    mutating func render(
        _ page: Page,
        _ request: borrowing ReceivedRequest,
        _ client: Client,
        _ query: RequestQuery?,
        from snapshot: Snapshot?,
        to answer: inout [UInt8]
    ) -> Outcome {
        guard let pages else { return .answered }
        note(.page, request.head, from: client, now: request.now)
        let accept = request.bytes.extracting(request.head.accept)
        let order = PageRequest(
            page: page,
            path: target.path,
            client: client,
            preferences: query?.preferences,
            snapshot: snapshot,
            form: query?.form ?? AcceptedTypes(accept).listForm,
            head: request.head,
            now: request.now,
            closing: request.closing,
            known: page == .status ? request.head.knownVersions(in: request.bytes) : [],
            pageNumber: query?.pageNumber ?? 1
        )
        if executor != nil { return .page(order) }
        answer += pages.answer(order)
        return .answered
    }
}

extension Redirection {
    var isToMirror: Bool {
        switch self {
        case .mirror: true
        case .fallback: false
        }
    }

    fileprivate var isOfUnknownPath: Bool {
        switch self {
        case .mirror: false
        case .fallback(let reason): reason == .unknownPath || reason == .noMap
        }
    }
}
