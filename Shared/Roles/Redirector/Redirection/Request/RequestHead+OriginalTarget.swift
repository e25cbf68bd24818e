import Bytes

extension RequestHead {
    /// The target as the client wrote it: from a trusted proxy's header that the operator named
    /// (``AnswerSettings/originalURIHeader``), or else the request's own.
    ///
    /// Gateways decode paths and strip their own prefix. An ingress in front has the original:
    /// nginx passes `$request_uri`, Traefik the URI that it forwards. A gateway's route, if clients
    /// use it, is not part of the tree: `/function/redirector/a` is `/a`.
    ///
    /// `fields` come from such a proxy; nil without one.
    func originalTarget(in bytes: Span<UInt8>, _ fields: ForwardedFields?) -> Range<Int> {
        guard let original = fields?.originalTarget, !original.isEmpty else { return target }
        let route: StaticString = "/function/"
        guard bytes.extracting(original).starts(with: route) else { return original }
        var start = original.lowerBound + route.utf8CodeUnitCount
        while start < original.upperBound, bytes[start] != UInt8(ascii: "/") { start += 1 }
        return start < original.upperBound ? start..<original.upperBound : original
    }
}

extension Span<UInt8> {
    fileprivate func starts(with text: StaticString) -> Bool {
        count >= text.utf8CodeUnitCount && extracting(0..<text.utf8CodeUnitCount).equals(text)
    }
}
