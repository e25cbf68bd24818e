import Catalogs
import CheckStates
import Linux
import Mirrors
import ObjectStorage
import Synchronization
import Time

/// Reads the check states of mirrors and collects what they say about files.
///
/// It uses two threads: on a disk, the time goes into decoding states, with a bucket into waiting
/// for them.
struct CheckStateGatherer: Sendable {
    let blobs: RememberedBlobs
    let groups: AccessPointGroups
    let tree: TreeFacts
    /// The mutable files, one bit each.
    let classes: [UInt64]
    let now: Timestamp
    /// How long a proof counts, in seconds.
    let maximumAge: Int64

    /// A mirror with its facts, and with its files if requested.
    struct Found: Sendable {
        var mirror: MirrorFacts
        var files: MirrorFiles?
    }

    /// Each thread has two states of about 3 MB at 150,000 files.
    private static let threadLimit = 2

    /// Examines `mirrors`; the results are in their order.
    ///
    /// Throws the first storage error, after which the other threads end as well.
    func files(of mirrors: [MirrorFacts], keepsFiles: Bool) throws(StorageError) -> [Found] {
        let work = SharedWork<Found>(count: mirrors.count)
        @Sendable func examineNext() {
            while let index = work.next() {
                do throws(StorageError) {
                    var mirror = mirrors[index]
                    let found = try files(of: &mirror, isListed: keepsFiles)
                    work.finish(index, with: Found(mirror: mirror, files: keepsFiles ? found : nil))
                } catch {
                    work.fail(error)
                }
            }
        }
        var threads: [Thread] = []
        for _ in 1..<max(1, min(Self.threadLimit, mirrors.count)) {
            // A thread that cannot be started leaves its share to the others.
            if let thread = try? Thread(examineNext) { threads.append(thread) }
        }
        examineNext()
        for thread in threads { thread.join() }
        return try work.results()
    }

    private func files(
        of mirror: inout MirrorFacts,
        isListed: Bool
    ) throws(StorageError) -> MirrorFiles {
        let states = CheckStateStore(blobs, groups: groups)
        let promised = tree.promised(by: mirror.mirror.rules)
        var files: [(point: AccessPoint, files: AccessPointFiles)] = []
        for index in mirror.points.indices {
            let point = mirror.points[index].accessPoint
            guard groups.stateKeys(of: point).contains(where: blobs.contains) else {
                mirror.points[index].tally.unknown = promised.count
                continue
            }
            let state = try states.load(point).state
            let found = mirror.points[index].note(
                state,
                promised: promised,
                in: tree,
                classes: classes,
                now: now,
                maximumAge: maximumAge
            )
            files.append((point, found))
        }
        return mirror.note(files, promised: promised, in: tree, isListed: isListed)
    }
}

extension AccessPointGroups {
    /// The possible keys of an access point's state.
    func stateKeys(of point: AccessPoint) -> [String] {
        let canonical = canonical(of: point.id)
        let ids = [canonical] + aliases(of: canonical)
        return ids.flatMap { [CheckState.key(of: $0), CheckState.formerKey(of: $0)] }
    }
}

/// Pieces of work that threads share, with their results.
private final class SharedWork<Value: Sendable>: Sendable {
    private struct State {
        var values: [Value?]
        var nextIndex = 0
        var error: StorageError?
    }

    private let state: Mutex<State>

    init(count: Int) {
        state = Mutex(State(values: Array(repeating: nil, count: count)))
    }

    /// The next piece; nil if there is none left, or one failed.
    func next() -> Int? {
        state.withLock { state in
            guard state.error == nil, state.nextIndex < state.values.count else { return nil }
            defer { state.nextIndex += 1 }
            return state.nextIndex
        }
    }

    func finish(_ index: Int, with value: Value) {
        state.withLock { $0.values[index] = value }
    }

    func fail(_ error: StorageError) {
        state.withLock { $0.error = $0.error ?? error }
    }

    /// The results of all pieces, in order.
    func results() throws(StorageError) -> [Value] {
        let (values, error) = state.withLock { state in (state.values, state.error) }
        if let error { throw error }
        return values.compactMap(\.self)
    }
}
