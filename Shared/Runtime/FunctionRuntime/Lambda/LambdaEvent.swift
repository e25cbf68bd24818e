import Bytes
import JSON

/// Converts a Lambda event to a request of a function.
enum LambdaEvent {
    /// The function's input for `event`.
    ///
    /// An EventBridge schedule without an `Input` of its own sends a description of itself, which
    /// becomes an empty request. Any other event is the request, with `endBy` replacing a later
    /// one. Anything but an object is passed on unchanged, and the function reports what is wrong
    /// with it.
    static func request(_ event: [UInt8], endBy: Int64?) -> [UInt8] {
        let isBlank = event.allSatisfy(\.isBlank)
        let value = isBlank ? .object([:]) : try? JSONValue(parsing: event)
        guard case .object(var object)? = value else { return event }
        if isSchedule(object) { object = [:] }
        if let endBy {
            var end = endBy
            switch object["endBy"] {
            case nil, .null: break
            case .integer(let own): end = min(own, endBy)
            // The function reports what is wrong with it.
            case .some: return event
            }
            object["endBy"] = .integer(end)
        }
        return JSONValue.object(object).serialized()
    }

    /// Whether this is EventBridge's own description of a schedule or a rule.
    private static func isSchedule(_ object: JSONObject) -> Bool {
        guard case .string? = object["source"], case .string? = object["detail-type"] else {
            return false
        }
        return object["detail"] != nil && object["time"] != nil
    }

    /// Whether a request asks for nothing.
    static func isEmpty(_ request: [UInt8]) -> Bool {
        (try? JSONValue(parsing: request)) == .object([:])
    }
}
