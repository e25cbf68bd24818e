/// At the edge, the CDN logs requests, including those answered from its cache.
///
/// This stands in for the server's log in the module Redirection and cannot be created.
package struct RequestLog: Sendable {
    package enum Outcome: Sendable {
        case mirror(accessPoint: [UInt8], passedOver: [[UInt8]] = [])
        case fallback(FallbackReason)
        case page
        case refused(RequestError)
    }

    private init() {}

    package mutating func wantsNext() -> Bool { false }

    package mutating func add(
        _ outcome: Outcome,
        method: RequestHead.Method,
        path: [UInt8]?,
        client: Client?,
        now: Int64
    ) {}
}
