import FunctionRuntime
import JSON
import Mirrors
import ObjectStorage

/// A change to `overrides.json`, validated with the leader's code before it is written.
struct OverridesEdit {
    let store: any BlobStore
    let list: MirrorList

    /// The result of a change.
    struct Outcome: Equatable {
        /// The mirror's settings before and after; null for none.
        var was: JSONValue
        var now: JSONValue
    }

    /// Changes the settings of the mirror `id`; an object without members removes them.
    ///
    /// Throws, with storage unchanged, if the leader would reject the result, or if somebody else
    /// wrote in the meantime. Writes nothing if nothing changes, or in a dry run.
    func change(
        _ id: Mirror.ID,
        isDryRun: Bool,
        _ change: (inout JSONObject) throws -> Void
    ) throws -> Outcome {
        let blob = try store.get(BlobKey(BlobName.overrides))
        var overrides = try Self.overrides(in: blob)
        let was = overrides[id] ?? .null
        var own = JSONObject()
        if case .object(let object) = was { own = object }
        try change(&own)
        let now: JSONValue = own.members.isEmpty ? .null : .object(own)
        overrides[id] = own.members.isEmpty ? Optional.none : now
        let json = JSONValue.object(overrides)
        if let problem = problem(of: json) {
            throw FunctionError.badRequest("overrides.json is unchanged: \(problem)")
        }
        let outcome = Outcome(was: was, now: now)
        if outcome.was == outcome.now || isDryRun { return outcome }
        if try Self.write(json.prettySerialized(), over: blob, in: store) { return outcome }
        throw FunctionError.failed("another writer changed overrides.json: try again")
    }

    private static func overrides(in blob: Blob?) throws -> JSONObject {
        guard let blob else { return JSONObject() }
        if case .object(let object) = try JSONValue(parsing: blob.bytes) { return object }
        throw FunctionError.failed("overrides.json is not an object: mirrors check overrides.json")
    }

    /// Why the leader would reject it.
    private func problem(of json: JSONValue) -> String? {
        do throws(JSONError) {
            _ = try MirrorOverrides(json: json, for: list)
            return nil
        } catch {
            return "\(error)"
        }
    }

    /// False if somebody else wrote after `blob` was read.
    static func write(
        _ bytes: [UInt8],
        over blob: Blob?,
        in store: any BlobStore
    ) throws(StorageError) -> Bool {
        var condition = WriteCondition.absent
        if let blob { condition = .unchanged(blob.tag) }
        do throws(StorageError) {
            try store.put(BlobKey(BlobName.overrides), bytes, if: condition)
            return true
        } catch {
            if case .conditionFailed = error { return false }
            throw error
        }
    }
}
