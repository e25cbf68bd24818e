/// At the edge the CDN logs requests, including those that it answers from its cache.
///
/// This stands for the server's log in the module Redirection, and cannot be made.
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
