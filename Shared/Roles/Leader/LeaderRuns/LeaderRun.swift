import Catalogs
import Events
import FunctionRuntime
import HTTPTransport
import Heartbeats
package import JSON
import Linux
import MirrorListImport
import MirrorStorage
import Mirrors
import ObjectStorage
import Publishing

/// What the leader does for a request.
package enum LeaderRun {
    /// Carries out each part of the request on its own: a mirror list that cannot be fetched does
    /// not stop a tree from being published.
    ///
    /// The checker is woken after both, and before digests are computed, which takes minutes.
    package static func run(_ request: LeaderRequest) throws -> JSONValue {
        // A request for some paths only says nothing about the schedule.
        try request.heartbeat.around(
            isScheduled: request.paths.isEmpty && request.forget.isEmpty
        ) { notes in
            try run(request, notes)
        }
    }

    private static func run(_ request: LeaderRequest, _ notes: RunNotes) throws -> JSONValue {
        var result = JSONObject()
        var errors: [any Error] = []
        func add(_ what: String, _ part: () throws -> JSONObject) {
            do {
                for member in try part().members { result.append(member.key, member.value) }
            } catch {
                errors.append(error)
                guard (error as? PublishingError)?.isRefusal == true else { return }
                _ = notes.refuse(what, reason: "\(error)")
            }
        }
        add("forget") { try forget(request) }
        var isNews = false
        add("tree") { try tree(request, notes, isNews: &isNews) }
        add("mirrors") { try mirrors(request, notes) }
        if isNews { request.wakeUp?.send() }
        add("digests") { try digests(request) }
        guard errors.isEmpty else { throw failure(errors) }
        return .object(result)
    }

    /// A single error for all parts that failed.
    private static func failure(_ errors: [any Error]) -> FunctionError {
        let text = errors.map { "\($0)" }.joined(separator: "; and ")
        let isRefusal = errors.allSatisfy { ($0 as? PublishingError)?.isRefusal ?? false }
        return isRefusal ? .refused(text) : .failed(text)
    }
}

// The parts of a request. Each returns its members of the result.
extension LeaderRun {
    /// Sets `isNews` if a new generation was published.
    static func tree(
        _ request: LeaderRequest,
        _ notes: RunNotes,
        isNews: inout Bool
    ) throws -> JSONObject {
        guard !request.sources.isEmpty else { return [:] }
        let catalogs = CatalogStore(request.store)
        let classes = try request.classes()
        let publication: TreePublication
        if let tree = request.tree, !request.paths.isEmpty {
            publication = try TreePublication(
                ofPaths: request.paths,
                in: tree,
                by: request.filter(classes),
                details: request.details,
                in: catalogs,
                at: .now,
                allowingShrink: request.allowsShrink,
                classes: classes
            )
        } else {
            publication = try TreePublication(
                of: TreeListing(of: request.sources, by: request.filter(classes)),
                in: catalogs,
                at: .now,
                allowingShrink: request.allowsShrink,
                classes: classes,
                root: request.tree
            )
        }
        report(publication)
        note(publication, in: notes)
        isNews = publication.isPublished
        return publication.json
    }

    /// Notes a new generation.
    static func note(_ publication: TreePublication, in notes: RunNotes) {
        guard publication.isPublished else { return }
        let change = publication.change
        notes.add(
            .published,
            "\(change.catalog.generation)",
            text: "added=\(change.addedCount) removed=\(change.removedCount) "
                + "changed=\(change.changedCount)"
        )
    }

    /// Logs the outcome of a publication, except for `known` links that still lead nowhere.
    static func report(_ publication: TreePublication, except known: Set<TreePath> = []) {
        logLeftOut(
            publication.leftOut.filter { $0.reason != .dangling || !known.contains($0.path) }
        )
        Log.info(
            publication.isPublished ? "tree published" : "tree unchanged",
            [
                "generation": publication.change.catalog.generation,
                "added": publication.change.addedCount,
                "removed": publication.change.removedCount,
                "changed": publication.change.changedCount,
                "revived": publication.change.revivedCount,
            ]
        )
    }

    /// Forgets the paths that a request names, or shows which those are.
    static func forget(_ request: LeaderRequest) throws -> JSONObject {
        guard !request.forget.isEmpty else { return [:] }
        let forgetting = try Forgetting(
            of: request.forget,
            leftOutBy: request.filter(request.classes()),
            in: CatalogStore(request.store),
            at: .now,
            isDryRun: request.isDryRun
        )
        Log.info(
            forgetting.isPublished ? "paths forgotten" : "nothing forgotten",
            ["matching": forgetting.ids.count, "stillInTheTree": forgetting.liveCount]
        )
        return forgetting.json
    }

    static func digests(_ request: LeaderRequest) throws -> JSONObject {
        guard let tree = request.tree, !request.digests.isEmpty else { return [:] }
        let catalogs = CatalogStore(request.store)
        let catalog = try catalogs.newest()
        let run = DigestRun(
            of: request.digests,
            for: catalog,
            in: tree,
            until: .now + .seconds(request.digestSeconds)
        )
        logLeftOut(run.leftOut)
        if !run.digests.isEmpty {
            let publication = try TreePublication(of: run, for: catalog, in: catalogs, at: .now)
            Log.info(
                "digests published",
                [
                    "generation": publication.change.catalog.generation,
                    "files": run.digests.count, "remaining": run.remainingCount,
                ]
            )
        }
        return [
            "digestsComputed": .integer(Int64(run.digests.count)),
            "digestsRemaining": .integer(Int64(run.remainingCount)),
            "digestBytes": .integer(Int64(clamping: run.byteCount)),
        ]
    }

    static func mirrors(_ request: LeaderRequest, _ notes: RunNotes) throws -> JSONObject {
        guard let source = request.mirrors else { return [:] }
        let limit = GentooMirrorList.byteCountLimit
        let bytes =
            switch source {
            case .web(let url):
                try fetch(url: url, maximumByteCount: limit, timeoutSeconds: 60)
            case .file(let path): try MirrorListSource.bytes(ofFile: path, limit: limit)
            case .blob(let key): try MirrorListSource.bytes(of: key, in: request.store)
            }
        var listed = try MirrorListFormat.mirrors(in: bytes)
        if !source.isOwn { listed += try OwnMirrors(in: request.store).listed() }
        let places = try places(of: listed, request)
        let publication = try MirrorPublication(
            of: listed,
            in: request.store,
            allowingShrink: request.allowsShrink
        )
        publication.changes.note(in: notes)
        let update = publication.update
        logLeftOut(update.leftOut)
        for merge in update.merged { Log.info("mirrors merged", ["reason": merge]) }
        for move in update.moved { Log.info("mirror moved", ["move": move]) }
        for shared in update.sharedHosts { Log.info("mirrors share a host", ["mirrors": shared]) }
        Log.info(
            publication.isPublished ? "mirrors published" : "mirrors unchanged",
            [
                "mirrors": update.list.mirrors.count(where: \.isListed),
                "added": update.added.count, "gone": update.gone.count,
                "moved": update.moved.count,
            ]
        )
        var result = publication.json
        if let places { result.append("places", places) }
        return result
    }

    /// Finds where the hosts of the list are, if `LOCATION_DB` is set.
    ///
    /// A bad database is logged and reported in the result, and the earlier places stay: the list
    /// matters more. Throws if storage fails, which the list needs too.
    private static func places(
        of listed: [ListedMirror],
        _ request: LeaderRequest
    ) throws -> JSONValue? {
        let databases: PlaceDatabases?
        do {
            databases = try request.placeDatabases()
        } catch {
            Log.error("mirrors not placed", ["reason": error])
            return ["problem": .string("\(error)")]
        }
        guard let databases else {
            try request.store.forgetHostPlaces()
            return nil
        }
        let report = try PlaceUpdate(databases).run(of: listed, in: request.store, at: .now)
        if !report.failed.isEmpty || report.lateCount > 0 {
            Log.warning(
                "hosts not looked up",
                [
                    "failed": report.failed.prefix(10).joined(separator: ","),
                    "failedCount": report.failed.count, "late": report.lateCount,
                ]
            )
        }
        return [
            "hosts": .integer(Int64(report.hostCount)),
            "lookedUp": .integer(Int64(report.lookedUpCount)),
            "failed": .integer(Int64(report.failed.count)),
            "late": .integer(Int64(report.lateCount)),
        ]
    }

    /// One line for each of the first few; the result has the counts.
    private static func logLeftOut(_ leftOut: [some CustomStringConvertible]) {
        let limit = 20
        for item in leftOut.prefix(limit) { Log.warning("entry left out", ["reason": item]) }
        if leftOut.count > limit {
            Log.warning("more entries left out", ["entries": leftOut.count - limit])
        }
    }
}
