import Catalogs
package import FunctionRuntime
import Heartbeats
import Linux
import Mirrors
import Publishing

/// Publishes a local tree as it changes: `leader --watch`.
///
/// It may be killed at any time: every publication is atomic.
package struct Watching {
    private let request: LeaderRequest
    private let tree: String
    private let catalogs: CatalogStore
    private let walkInterval: Duration
    private let clock = ContinuousClock()

    /// The delay before a failed publication is retried.
    private static let retryInterval = Duration.seconds(5)

    package init(_ request: LeaderRequest, _ environment: Environment) throws {
        guard let tree = request.tree else {
            throw FunctionError.badRequest("TREE: expected the tree to watch")
        }
        self.request = request
        self.tree = tree
        catalogs = CatalogStore(request.store)
        walkInterval = .seconds(try environment.seconds(.walkInterval))
    }

    /// Throws if the tree cannot be watched.
    ///
    /// All other errors are logged and retried.
    package func run() throws {
        let watch = try TreeWatch(root: tree, filter: request.filter(request.classes()))
        Log.info("watching", ["tree": tree])
        var walkAt = clock.now
        // Dangling links are in no catalog, and a link gets no event when its target appears.
        var dangling: Set<TreePath> = []
        while true {
            if walkAt <= clock.now {
                let isDone = publish(&dangling, isScheduled: true) {
                    let classes = try request.classes()
                    return try TreePublication(
                        of: TreeListing(of: request.sources, by: request.filter(classes)),
                        in: catalogs,
                        at: .now,
                        allowingShrink: request.allowsShrink,
                        classes: classes,
                        root: tree
                    )
                }
                walkAt = clock.now + (isDone ? walkInterval : Self.retryInterval)
            }
            switch try watch.changes(within: walkAt - clock.now) {
            case nil: break
            case .unknown:
                Log.warning("watch queue overflowed", ["hint": "the whole tree is walked"])
                walkAt = clock.now
            case .paths(let paths):
                let all = Array(dangling.union(paths)).sorted()
                let isDone = publish(&dangling) {
                    let classes = try request.classes()
                    return try TreePublication(
                        ofPaths: all,
                        in: tree,
                        by: request.filter(classes),
                        details: request.details,
                        in: catalogs,
                        at: .now,
                        classes: classes
                    )
                }
                // The next walk covers these paths, too.
                if !isDone { walkAt = min(walkAt, clock.now + Self.retryInterval) }
            }
        }
    }

    /// Whether the publication succeeded or was refused, which a retry would not change.
    ///
    /// Updates `dangling`, so that each dangling link is reported once.
    private func publish(
        _ dangling: inout Set<TreePath>,
        isScheduled: Bool = false,
        _ make: () throws -> TreePublication
    ) -> Bool {
        do {
            let publication = try request.heartbeat.around(isScheduled: isScheduled) { notes in
                do {
                    let publication = try make()
                    LeaderRun.note(publication, in: notes)
                    return publication
                } catch let error as PublishingError where error.isRefusal {
                    _ = notes.refuse("tree", reason: "\(error)")
                    throw FunctionError.refused("\(error)")
                }
            }
            LeaderRun.report(publication, except: dangling)
            if publication.isPublished { request.wakeUp?.send() }
            dangling = Set(publication.leftOut.filter { $0.reason == .dangling }.map(\.path))
            return true
        } catch FunctionError.repeated(let error) {
            Log.debug("\(error)")
            return true
        } catch {
            Log.error("\(error)")
            return (error as? FunctionError)?.isRefusal ?? false
        }
    }
}
