import Events
import FunctionRuntime
import MirrorCommands
import MirrorListImport
import Mirrors
import ObjectStorage
import Publishing
import Time

/// The leader's modules, as the verbs call them.
struct LeaderValidation: ListEditing {
    let store: any BlobStore
    let now: Timestamp

    func problem(ofList bytes: [UInt8]) -> String? {
        do {
            let listed = try MirrorListFormat.mirrors(in: bytes)
            return listed.isEmpty ? "it has no mirrors" : nil
        } catch {
            return "\(error)"
        }
    }

    func problem(ofOverrides bytes: [UInt8], for list: MirrorList?) -> String? {
        MirrorPublication.problem(ofOverrides: bytes, for: list)?.description
    }

    func add(_ mirror: NewMirror, isDryRun: Bool) throws -> OwnListChange {
        let listed = ListedMirror(
            name: mirror.name,
            country: mirror.country,
            region: mirror.region,
            locations: mirror.urls.map { .init(url: $0) }
        )
        return try change {
            try OwnMirrors(in: store).add([listed], isStrict: true, isDryRun: isDryRun)
        }
    }

    func add(list bytes: [UInt8], isDryRun: Bool) throws -> OwnListChange {
        let listed = try MirrorListFormat.mirrors(in: bytes)
        return try change {
            try OwnMirrors(in: store).add(listed, isStrict: false, isDryRun: isDryRun)
        }
    }

    func remove(_ id: Mirror.ID, isDryRun: Bool) throws -> OwnListChange {
        try change { try OwnMirrors(in: store).remove(id, isDryRun: isDryRun) }
    }

    private func change(_ body: () throws -> OwnMirrors.Change) throws -> OwnListChange {
        let change: OwnMirrors.Change
        do {
            change = try body()
        } catch PublishingError.notOwn(let id) {
            throw FunctionError.badRequest(PublishingError.notOwn(id).description)
        }
        return OwnListChange(
            added: change.added,
            removed: change.removed,
            leftOut: change.leftOut.map(\.description),
            known: change.known.map(\.description),
            isWritten: change.isWritten,
            events: change.changes.all.map { item in
                Event(
                    item.kind,
                    item.subject,
                    at: now,
                    by: "mirrors",
                    was: item.was,
                    is: item.is,
                    text: item.text
                )
            }
        )
    }
}
