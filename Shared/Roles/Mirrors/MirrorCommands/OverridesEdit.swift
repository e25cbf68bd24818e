import FunctionRuntime
import JSON
import Mirrors
import ObjectStorage

/// A change of `overrides.json` that its reader is asked about before it is written.
struct OverridesEdit {
    let store: any BlobStore
    let list: MirrorList

    /// The outcome of a change.
    struct Outcome: Equatable {
        /// What stood there of the mirror, and what stands there now; null for nothing.
        var was: JSONValue
        var now: JSONValue
    }

    static let key = "overrides.json"

    /// Changes what is said of the mirror `id`; an object without members takes it out.
    ///
    /// Throws, with storage as it was, where the reader would not take the result, and where
    /// somebody else wrote meanwhile. Writes nothing where nothing changes, and in a rehearsal.
    func change(
        _ id: Mirror.ID,
        isRehearsal: Bool,
        _ change: (inout JSONObject) throws -> Void
    ) throws -> Outcome {
        let blob = try store.get(BlobKey(Self.key))
        var overrides = try Self.overrides(in: blob)
        let was = overrides[id] ?? .null
        var own = JSONObject()
        if case .object(let object) = was { own = object }
        try change(&own)
        let now: JSONValue = own.members.isEmpty ? .null : .object(own)
        overrides[id] = own.members.isEmpty ? Optional.none : now
        let json = JSONValue.object(overrides)
        if let problem = problem(of: json) {
            throw FunctionError.badRequest("overrides.json stays as it is: \(problem)")
        }
        let outcome = Outcome(was: was, now: now)
        if outcome.was == outcome.now || isRehearsal { return outcome }
        if try Self.write(json.prettySerialized(), over: blob, in: store) { return outcome }
        throw FunctionError.failed("somebody else wrote overrides.json meanwhile: try again")
    }

    private static func overrides(in blob: Blob?) throws -> JSONObject {
        guard let blob else { return JSONObject() }
        if case .object(let object) = try JSONValue(parsing: blob.bytes) { return object }
        throw FunctionError.failed("overrides.json is no object: mirrors check overrides.json")
    }

    /// Why leader would not take it.
    private func problem(of json: JSONValue) -> String? {
        do throws(JSONError) {
            _ = try MirrorOverrides(json: json, for: list)
            return nil
        } catch {
            return "\(error)"
        }
    }

    /// False where somebody else wrote since `blob` was read.
    static func write(
        _ bytes: [UInt8],
        over blob: Blob?,
        in store: any BlobStore
    ) throws(StorageError) -> Bool {
        var condition = WriteCondition.absent
        if let blob { condition = .unchanged(blob.tag) }
        do throws(StorageError) {
            try store.put(BlobKey(Self.key), bytes, if: condition)
            return true
        } catch {
            if case .conditionFailed = error { return false }
            throw error
        }
    }
}
