import FunctionRuntime
import Linux
import Redirection
import Synchronization

/// Supplies the loops with what their requests wait for: looks at storage, maps of regions,
/// digests.
///
/// It works on separate threads, only on request of a loop, and tells all loops the result. Storage
/// may be slow, and take a minute if it does not answer; requests have their own limits.
final class BlobSupply: Sendable {
    private let maps: ServedMaps
    private let pages: any PageRenderer
    private let mailboxes: [LoopMailbox]
    /// Wakes the thread for a look, and for the end.
    private let wake: EventCounter
    private let isLookWanted = Atomic(false)
    private let isStopped = Atomic(false)
    /// What is being loaded, because several loops may request the same.
    private let underWay = Mutex<Set<Awaited>>([])

    /// `isLooking` makes it begin with a look.
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

    /// Looks at storage; in the end the loops get ``LoopMessage/looked``.
    ///
    /// One look serves all requests that arrive in the meantime.
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

    /// Loads the map of a region; the loops get ``LoopMessage/region(_:isGuess:_:)``, or newer
    /// regions if the number belongs to older ones.
    func load(region: Int, ofGuess isGuess: Bool) {
        begin(
            .regionMap(region, isGuess: isGuess),
            orElse: .region(region, isGuess: isGuess, nil)
        ) { [maps] in
            maps.load(region: region, ofGuess: isGuess)
        }
    }

    /// Gives `snapshot` the details of its files; the loops get
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

    /// Runs `work` on its own thread, unless it is already running, and sends the loops its result;
    /// `failure` if no thread can be started.
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
        // A loop that hears of it may request it again.
        underWay.withLock { _ = $0.remove(awaited) }
        for message in messages { post(message) }
    }

    private func post(_ message: LoopMessage) {
        for mailbox in mailboxes { mailbox.post(message) }
    }

    /// Ends the thread after its current look, so that storage that does not answer blocks nothing.
    func stop() {
        isStopped.store(true, ordering: .relaxed)
        wake.signal()
    }
}
