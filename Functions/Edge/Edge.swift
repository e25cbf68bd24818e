import Bytes
import HealthFormat
import JSON
import Mirrors
import Redirection
import RegionMapFormat
import Time

/// The redirector as an edge host runs it: requests in, answers out, blobs by key.
///
/// It does no input or output. It names the blob that it lacks; the host fetches it and asks again,
/// whether or not the fetch succeeded.
final class Edge {
    /// The outcome of a request.
    enum Outcome {
        case answer
        /// The host should fetch the blob with this key, then ask again.
        case wants(String)
    }

    private let settings: EdgeSettings
    private let pages: EdgePages
    private let regions: EdgeRegions
    private var failures = EdgeFailures()
    private var responder: Responder
    private var parser = RequestParser()
    private var report: HealthReport?
    private var reportSeenAt = Timestamp(secondsSinceEpoch: 0)
    /// When the health of the snapshots expires.
    private var healthEndsAt = Int64.max
    /// The bytes of the last answer.
    private(set) var answer: [UInt8] = []

    init(_ settings: EdgeSettings) {
        self.settings = settings
        regions = EdgeRegions(settings)
        let metrics = Metrics()
        pages = EdgePages(settings, metrics: metrics, regions: regions)
        responder = Responder(
            settings: settings.answers,
            metrics: metrics,
            pages: pages.renderer,
            executor: pages.executor
        )
        responder.isReady = true
    }

    /// Answers the request with the head `head`.
    ///
    /// An impatient request is answered from what is already here.
    func answer(_ head: Span<UInt8>, now: Int64, isPatient: Bool) -> Outcome {
        if now > healthEndsAt { applyHealth(now: now) }
        answer.removeAll(keepingCapacity: true)
        parser = RequestParser()
        switch parser.parse(head) {
        case .incomplete:
            responder.refuse(.malformedRequestLine, now: now, to: &answer)
        case .refused(let error):
            responder.refuse(error, now: now, to: &answer)
        case .head(let request):
            if isPatient, let key = regions.missingKey, !failures.contains(key, now: now) {
                return .wants(key)
            }
            if isPatient, let key = missingSubstitute(now: now) { return .wants(key) }
            if isPatient, settings.region != nil, responder.snapshot == nil,
                let key = regions.missingMap(of: 0, now: now)
            {
                return .wants(key)
            }
            let outcome = responder.answer(
                request,
                in: head,
                from: Responder.Peer(address: EdgeSettings.host),
                now: now,
                closing: false,
                isPatient: isPatient,
                to: &answer
            )
            switch outcome {
            case .answered: break
            case .page(let page):
                if isPatient, let key = pages.missing(for: page, failures) { return .wants(key) }
                answer += pages.answer(page)
            case .waits(for: let awaited):
                if let key = self.key(of: awaited, now: now) { return .wants(key) }
                return answer(head, now: now, isPatient: false)
            }
        }
        return .answer
    }

    /// The key of the default region's map, which stands in for a region without a map.
    private func missingSubstitute(now: Int64) -> String? {
        guard !responder.missingRegions.isEmpty, let table = responder.regions,
            responder.regionSnapshots[table.defaultRegion] == nil
        else { return nil }
        return regions.missingMap(of: table.defaultRegion, now: now)
    }

    /// The key of the blob that a request waits for; nil if it cannot be had at the moment.
    private func key(of awaited: Awaited, now: Int64) -> String? {
        switch awaited {
        case .look: return nil
        case .regionMap(let number, _): return regions.missingMap(of: number, now: now)
        case .details(let generation):
            guard let snapshot = responder.snapshot(of: generation) else { return nil }
            return pages.missingDetails(of: snapshot, failures, now: now)
        }
    }

    /// The keys of all blobs that the host should revalidate from time to time.
    var watchedKeys: [String] {
        regions.watchedKeys + [Self.healthKey]
    }
}

// MARK: - Blobs

extension Edge {
    static let healthKey = "health"

    /// Why a blob is refused.
    ///
    /// The previous one stays in use.
    struct Refusal: Error {
        let text: String

        init(_ text: String) {
            self.text = text
        }

        /// The value that `read` makes of a blob; its error becomes a refusal.
        static func from<Value, Failure: Error & CustomStringConvertible>(
            _ read: () throws(Failure) -> Value
        ) throws(Refusal) -> Value {
            do throws(Failure) {
                return try read()
            } catch {
                throw Refusal(error.description)
            }
        }
    }

    /// Starts to use the blob with `key`.
    ///
    /// `verifying` compares a map with its checksum; a host that has done so already can skip it.
    func take(
        _ key: String,
        _ blob: StableBytes,
        now: Int64,
        verifying: Bool
    ) throws(Refusal) {
        do throws(Refusal) {
            try use(key, blob, now: now, verifying: verifying)
        } catch {
            miss(key, isAbsent: false, now: now)
            throw error
        }
    }

    private func use(
        _ key: String,
        _ blob: StableBytes,
        now: Int64,
        verifying: Bool
    ) throws(Refusal) {
        if key.isSpelled(like: Self.healthKey) {
            report = try Refusal.from { () throws(HealthError) in try HealthReport(blob) }
            reportSeenAt = Timestamp(secondsSinceEpoch: now)
            applyHealth(now: now)
        } else if key.isSpelled(like: BlobName.regions) {
            let json = try Self.json(blob)
            let read = try Refusal.from { () throws(JSONError) in try Mirrors.Regions(json: json) }
            let known = unsafe regions.ids
            adopt(try regions.use(read), after: known)
        } else if let number = regions.number(ofMap: key) {
            let health = currentHealth(now: now)
            let snapshot = try Refusal.from { () throws(RegionMapError) in
                try Snapshot(map: blob, verifying: verifying, health: health)
            }
            if settings.region != nil { responder.snapshot = snapshot }
            responder.regionSnapshots[number] = snapshot
            responder.missingRegions.remove(number)
            noteEnd()
        } else {
            try pages.use(key, blob, regions, now: now)
        }
    }

    private static func json(_ blob: StableBytes) throws(Refusal) -> JSONValue {
        try Refusal.from { () throws(JSONError) in try JSONValue(parsing: blob.array) }
    }

    /// Notes that the host could not fetch the blob with `key`; `isAbsent` if storage does not have
    /// it.
    func miss(_ key: String, isAbsent: Bool, now: Int64) {
        failures.add(key, now: now)
        if key.isSpelled(like: BlobName.regions) {
            let known = unsafe regions.ids
            if let table = regions.useContinents(forGood: isAbsent) { adopt(table, after: known) }
        } else if let number = regions.number(ofMap: key) {
            regions.fail(number, now: now)
            if responder.regionSnapshots[number] == nil { responder.missingRegions.insert(number) }
        }
    }

    /// Answers by `table`.
    ///
    /// If its regions differ from `known`, maps that were kept by number are dropped.
    private func adopt(_ table: RegionTable, after known: [Region.ID]) {
        responder.regions = table
        guard !regions.areCalled(known) else { return }
        responder.regionSnapshots = [:]
        responder.missingRegions = []
        noteEnd()
    }

    private func currentHealth(now: Int64) -> CurrentHealth? {
        report.map {
            CurrentHealth(
                $0,
                seenAt: reportSeenAt,
                at: Timestamp(secondsSinceEpoch: now),
                maximumAge: settings.healthMaximumAge
            )
        }
    }

    private func applyHealth(now: Int64) {
        let health = currentHealth(now: now)
        responder.regionSnapshots = responder.regionSnapshots.mapValues { $0.with(health) }
        if settings.region != nil { responder.snapshot = responder.regionSnapshots[0] }
        noteEnd()
    }

    /// Remembers when the health in use expires.
    private func noteEnd() {
        let checkedAt = responder.regionSnapshots.values.first?.healthCheckedAt
        healthEndsAt = checkedAt.map { $0 &+ settings.healthMaximumAge } ?? .max
    }
}
