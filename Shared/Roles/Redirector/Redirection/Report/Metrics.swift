import Mirrors
import Synchronization
import Time

/// Counters shared by the event loops and the refresh.
///
/// Relaxed atomics: each counter is exact, but two read together may differ by requests in
/// progress.
package final class Metrics: Sendable {
    private let mirrored = Atomic<UInt64>(0)
    private let refused = Atomic<UInt64>(0)
    /// One per reason, in the order of `FallbackReason.allCases`.
    private let fallbacks = InlineArray<5, Atomic<UInt64>> { _ in Atomic(0) }
    private let mapErrors = Atomic<UInt64>(0)
    private let healthErrors = Atomic<UInt64>(0)
    private let connections = Atomic<Int>(0)
    private let accepted = Atomic<UInt64>(0)
    /// The counters of each access point, by id; they outlive the map that named it.
    private let redirects = Mutex<[String: Counter]>([:])
    package let latency = LatencyHistogram()
    /// The program's version, and its start in seconds since 1970; nil if not reported.
    private let build: (version: String, startedAt: Int64)?

    package init(of build: (version: String, startedAt: Int64)? = nil) {
        self.build = build
    }

    /// The counters of the access points of `table`, in its order.
    package func counters(for table: AccessPointTable) -> [Counter] {
        redirects.withLock { redirects in
            redirects.reserveCapacity(table.entries.count)
            return table.entries.map { entry in
                let id = table.id(of: entry)
                let name = unsafe id.withUnsafeBufferPointer { bytes in
                    unsafe String(decoding: bytes, as: UTF8.self)
                }
                return Self.counter(&redirects[name])
            }
        }
    }

    /// The counter in `place`, which gets one if it has none.
    private static func counter(_ place: inout Counter?) -> Counter {
        if let counter = place { return counter }
        let counter = Counter()
        place = counter
        return counter
    }

    package func count(_ redirection: borrowing Redirection) {
        switch redirection {
        case .mirror: mirrored.add(1, ordering: .relaxed)
        case .fallback(let reason): fallbacks[Self.index(of: reason)].add(1, ordering: .relaxed)
        }
    }

    /// Counts a request that was refused.
    package func countRefusal() {
        refused.add(1, ordering: .relaxed)
    }

    package func countMapError() {
        mapErrors.add(1, ordering: .relaxed)
    }

    package func countHealthError() {
        healthErrors.add(1, ordering: .relaxed)
    }

    package func connectionOpened() {
        connections.add(1, ordering: .relaxed)
        accepted.add(1, ordering: .relaxed)
    }

    package func connectionClosed() {
        connections.subtract(1, ordering: .relaxed)
    }

    /// The total number of accepted connections.
    package var acceptedConnections: UInt64 { accepted.load(ordering: .relaxed) }

    package var openConnections: Int { connections.load(ordering: .relaxed) }

    private static func index(of reason: FallbackReason) -> Int {
        switch reason {
        case .noMap: 0
        case .unknownPath: 1
        case .noReplica: 2
        case .noMirrorUp: 3
        case .noMirrorNear: 4
        }
    }

    /// The Prometheus text format, version 0.0.4.
    package func text(snapshot: Snapshot?, now: Int64) -> [UInt8] {
        var text = PrometheusText()
        writeProgram(to: &text)
        writeRequests(to: &text)
        text.family("redirector_refresh_errors_total", .counter, "Blobs that could not be used.")
        text.sample("blob", "map", mapErrors.load(ordering: .relaxed))
        text.sample("blob", "health", healthErrors.load(ordering: .relaxed))
        text.family("redirector_connections", .gauge, "Open connections.")
        text.sample(UInt64(max(openConnections, 0)))
        if let snapshot {
            Self.writeMap(snapshot, now, to: &text)
            Self.writeHealth(snapshot, now, to: &text)
        }
        return text.bytes
    }

    private func writeProgram(to text: inout PrometheusText) {
        if let build {
            text.family("redirector_build_info", .gauge, "The version of the program.")
            text.sample("version", build.version, 1)
            text.family("process_start_time_seconds", .gauge, "When it started.")
            text.sample(UInt64(max(build.startedAt, 0)))
        }
    }

    private func writeRequests(to text: inout PrometheusText) {
        text.family("redirector_requests_total", .counter, "Requests for paths, by outcome.")
        let fallbackCounts = FallbackReason.allCases.map { reason in
            fallbacks[Self.index(of: reason)].load(ordering: .relaxed)
        }
        text.sample("outcome", "mirror", mirrored.load(ordering: .relaxed))
        text.sample("outcome", "fallback", fallbackCounts.reduce(0, &+))
        text.sample("outcome", "refused", refused.load(ordering: .relaxed))
        text.family(
            "redirector_fallbacks_total",
            .counter,
            "Requests sent to the fallback, by reason."
        )
        for (reason, count) in zip(FallbackReason.allCases, fallbackCounts) {
            text.sample("reason", reason.rawValue, count)
        }
        text.family("redirector_redirects_total", .counter, "Redirects, by access point.")
        let counters = redirects.withLock { $0 }
        for (id, counter) in counters.sorted(by: { $0.key < $1.key }) where counter.value > 0 {
            text.sample("access_point", id, counter.value)
        }
        text.family(
            "redirector_passed_over_total",
            .counter,
            "Redirects of clients that want another access point than this one."
        )
        for (id, counter) in counters.sorted(by: { $0.key < $1.key }) where counter.passedOver > 0 {
            text.sample("access_point", id, counter.passedOver)
        }
        text.histogram("redirector_answer_seconds", "Time that answers took.", latency)
    }

    private static func writeMap(_ snapshot: Snapshot, _ now: Int64, to text: inout PrometheusText)
    {
        text.family("redirector_map_generation", .gauge, "The catalog generation of the map.")
        text.sample(UInt64(snapshot.generation))
        text.family("redirector_map_age_seconds", .gauge, "Since the map was built.")
        text.sample(UInt64(max(now &- snapshot.builtAt, 0)))
        text.family("redirector_map_paths", .gauge, "Paths in the map.")
        text.sample(UInt64(snapshot.pathCount))
    }

    private static func writeHealth(
        _ snapshot: Snapshot,
        _ now: Int64,
        to text: inout PrometheusText
    ) {
        text.family(
            "redirector_access_points",
            .gauge,
            "Access points in the map, by state; unknown where nobody has probed for too long."
        )
        let isProbed = snapshot.healthCheckedAt != nil
        let (count, upCount) = (snapshot.table.entries.count, snapshot.table.upCount)
        text.sample("state", "up", UInt64(isProbed ? upCount : 0))
        text.sample("state", "down", UInt64(isProbed ? count - upCount : 0))
        text.sample("state", "unknown", UInt64(isProbed ? 0 : count))
        if let counts = snapshot.health?.report.probedCounts, isProbed {
            text.family(
                "redirector_probed_access_points",
                .gauge,
                "Access points that probes ask, in the map or not, by state."
            )
            text.sample("state", "up", UInt64(counts.up))
            text.sample("state", "down", UInt64(counts.down))
        }
        if let probedAt = snapshot.health?.probedAt {
            text.family("redirector_health_age_seconds", .gauge, "Since the mirrors were probed.")
            text.sample(UInt64(max(now &- probedAt.secondsSinceEpoch, 0)))
        }
        text.family("redirector_health_used", .gauge, "Whether up and down count; 0 = too old.")
        text.sample(snapshot.healthCheckedAt == nil ? 0 : 1)
    }
}

/// Writes the Prometheus text format.
private struct PrometheusText {
    enum Kind: String {
        case counter
        case gauge
        case histogram
    }

    private(set) var bytes: [UInt8] = []
    private var name = ""

    mutating func family(_ name: String, _ kind: Kind, _ help: String) {
        self.name = name
        bytes += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n".utf8
    }

    mutating func sample(_ value: UInt64) {
        bytes += "\(name) \(value)\n".utf8
    }

    mutating func sample(_ label: String, _ labelValue: String, _ value: UInt64) {
        bytes += "\(name){\(label)=\"".utf8
        for byte in labelValue.utf8 where byte >= 0x20 {
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
                bytes.append(UInt8(ascii: "\\"))
            }
            bytes.append(byte)
        }
        bytes += "\"} \(value)\n".utf8
    }

    mutating func histogram(_ name: String, _ help: String, _ histogram: LatencyHistogram) {
        family(name, .histogram, help)
        let (buckets, seconds, count) = histogram.read()
        self.name = "\(name)_bucket"
        for bucket in buckets { sample("le", bucket.bound, bucket.count) }
        bytes += "\(name)_sum \(seconds)\n\(name)_count \(count)\n".utf8
    }
}
