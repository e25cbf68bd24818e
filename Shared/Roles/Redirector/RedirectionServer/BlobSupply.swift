import FunctionRuntime
import Linux
import Redirection
import Synchronization

/// Brings the loops what their requests wait for: looks at storage, maps of regions, digests.
///
/// It works on threads of its own, only when a loop asks, and tells all loops what it found.
/// Storage may take its time, a minute where it does not answer; whoever asked waits no longer than
/// it wants to.
final class BlobSupply: Sendable {
    private let maps: ServedMaps
    private let pages: any PageRenderer
    private let mailboxes: [LoopMailbox]
    /// Wakes the thread when a look is wanted, and when it is all over.
    private let wake: EventCounter
    private let isLookWanted = Atomic(false)
    private let isStopped = Atomic(false)
    /// What is on its way: several loops may ask for it.
    private let underWay = Mutex<Set<Awaited>>([])

    /// `isLooking` has it begin with a look.
    init(
        _ maps: ServedMaps,
        pages: any PageRenderer,
        for mailboxes: [LoopMailbox],
        isLooking: Bool
    ) throws(SystemError) {
        self.maps = maps
        self.pages = pages
        self.mailboxes = mailboxes
        wake = try EventCounter()
        if isLooking { look() }
        try Thread { [self] in run() }.detach()
    }

    /// Has storage looked at; the loops hear ``LoopMessage/looked`` in the end.
    ///
    /// One look answers all requests that come while it is under way.
    func look() {
        if !isLookWanted.exchange(true, ordering: .relaxed) { wake.signal() }
    }

    private func run() {
        while true {
            wake.wait()
            if isStopped.load(ordering: .relaxed) { return }
            guard isLookWanted.load(ordering: .relaxed) else { continue }
            maps.look(post)
            isLookWanted.store(false, ordering: .relaxed)
            post(.looked)
        }
    }

    /// Has the map of a region loaded; the loops hear ``LoopMessage/region(_:isGuess:_:)``, or of
    /// other regions than those of which it is a number.
    func load(region: Int, ofGuess isGuess: Bool) {
        begin(
            .regionMap(region, isGuess: isGuess),
            orElse: .region(region, isGuess: isGuess, nil)
        ) { [maps] in
            maps.load(region: region, ofGuess: isGuess)
        }
    }

    /// Has `snapshot` given the details of its files; the loops hear
    /// ``LoopMessage/details(generation:areMissing:)``.
    func loadDetails(for snapshot: Snapshot) {
        let generation = snapshot.generation
        begin(
            .details(generation: generation),
            orElse: .details(generation: generation, areMissing: true)
        ) { [pages] in
            pages.loadDetails(for: snapshot)
            return [.details(generation: generation, areMissing: snapshot.details == nil)]
        }
    }

    /// Does `work` on a thread of its own, unless somebody is at it, and tells the loops what it
    /// returns; without a thread, `failure`.
    private func begin(
        _ awaited: Awaited,
        orElse failure: LoopMessage,
        _ work: @escaping @Sendable () -> [LoopMessage]
    ) {
        guard underWay.withLock({ $0.insert(awaited).inserted }) else { return }
        do throws(SystemError) {
            try Thread { [self] in end(awaited, with: work()) }.detach()
        } catch {
            Log.error("thread not started", ["reason": error])
            end(awaited, with: [failure])
        }
    }

    private func end(_ awaited: Awaited, with messages: [LoopMessage]) {
        // Whoever hears of it may ask for it again.
        underWay.withLock { _ = $0.remove(awaited) }
        for message in messages { post(message) }
    }

    private func post(_ message: LoopMessage) {
        for mailbox in mailboxes { mailbox.post(message) }
    }

    /// Ends the thread after its current look: storage that does not answer blocks nothing.
    func stop() {
        isStopped.store(true, ordering: .relaxed)
        wake.signal()
    }
}
