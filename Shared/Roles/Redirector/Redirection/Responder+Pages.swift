extension Responder {
    /// What the request is answered with instead of `redirection`, or nil.
    ///
    /// A path that exists wins over a page: `foo.meta4` is the file of that name where there is one.
    mutating func page(
        _ request: borrowing ReceivedRequest,
        _ query: RequestQuery?,
        _ redirection: borrowing Redirection,
        from snapshot: Snapshot?
    ) -> Page? {
        if target.path.isEmpty { return query?.page == .mirrorList ? .mirrorList : .landing }
        let isUnknown = redirection.isOfUnknownPath
        switch query?.page {
        case .mirrorList, .explanation: return query?.page
        case .metalink where !isUnknown && !target.hasTrailingSlash: return .metalink
        default: break
        }
        if isUnknown { return pageOfSuffix(from: snapshot) }
        if target.hasTrailingSlash { return nil }
        let accept = request.bytes.extracting(request.head.accept)
        if AcceptedTypes(accept).wantsMetalink { return .metalink }
        if request.head.wantsDigest, redirection.isToMirror, snapshot?.details == nil {
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
}

extension Redirection {
    fileprivate var isToMirror: Bool {
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
