import Catalogs
import FunctionRuntime
import Heartbeats
import Glibc
import Linux
import Mirrors
import Publishing

/// Publishes a local tree as it changes: `leader --watch`.
///
/// It may be killed at any time: every publication happens whole or not at all.
struct Watching {
    private let request: LeaderRequest
    private let tree: String
    private let catalogs: CatalogStore
    private let walkInterval: Duration
    private let clock = ContinuousClock()

    /// Before a publication that failed is tried again.
    private static let retryInterval = Duration.seconds(5)

    init(_ request: LeaderRequest, _ environment: Environment) throws {
        guard let tree = request.tree else {
            throw FunctionError.badRequest("TREE: expected the tree to watch")
        }
        self.request = request
        self.tree = tree
        catalogs = CatalogStore(request.store)
        walkInterval = .seconds(try environment.integer(.walkInterval) ?? 3600)
    }

    /// Throws where the tree cannot be watched; everything else is logged and tried again.
    func run() throws {
        let watch = try TreeWatch(root: tree, filter: request.filter(request.classes()))
        Log.info("watching", ["tree": tree])
        var walkAt = clock.now
        // Links that lead nowhere are in no catalog, and nothing happens to one when its target
        // comes.
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
                // The paths are in the next walk, too.
                if !isDone { walkAt = min(walkAt, clock.now + Self.retryInterval) }
            }
        }
    }

    /// Whether it could be published, or was refused, which trying again would not change.
    ///
    /// Brings `dangling` up to date, whose links are reported once.
    private func publish(
        _ dangling: inout Set<TreePath>,
        isScheduled: Bool = false,
        _ make: () throws -> TreePublication
    ) -> Bool {
        do {
            let publication = try request.heartbeat.around(isScheduled: isScheduled) { notes in
                do {
                    let publication = try make()
                    Publication.note(publication, in: notes)
                    return publication
                } catch let error as PublishingError where error.isRefusal {
                    _ = notes.refuse("tree", reason: "\(error)")
                    throw FunctionError.refused("\(error)")
                }
            }
            Publication.report(publication, except: dangling)
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
