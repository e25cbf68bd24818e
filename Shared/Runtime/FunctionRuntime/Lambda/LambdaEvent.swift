import JSON

/// An event of Lambda as a request of a function.
enum LambdaEvent {
    /// What the function reads for `event`.
    ///
    /// A schedule of EventBridge that has no `Input` of its own sends a description of itself: an
    /// empty request. Any other event is the request, with `endBy` in front of a later one of its
    /// own. What is no object goes to the function as it is, which says what is wrong with it.
    static func request(_ event: [UInt8], endBy: Int64?) -> [UInt8] {
        let isBlank = event.allSatisfy { $0 == 0x20 || (0x09...0x0D).contains($0) }
        let value = isBlank ? .object([:]) : try? JSONValue(parsing: event)
        guard case .object(var object)? = value else { return event }
        if isSchedule(object) { object = [:] }
        if let endBy {
            var end = endBy
            switch object["endBy"] {
            case nil, .null: break
            case .integer(let own): end = min(own, endBy)
            // The function says what is wrong with it.
            case .some: return event
            }
            object["endBy"] = .integer(end)
        }
        return JSONValue.object(object).serialized()
    }

    /// Whether this is EventBridge's own description of a schedule or of a rule that fired.
    private static func isSchedule(_ object: JSONObject) -> Bool {
        guard case .string? = object["source"], case .string? = object["detail-type"] else {
            return false
        }
        return object["detail"] != nil && object["time"] != nil
    }
}
