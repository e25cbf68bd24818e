import Mirrors

/// A host name: what its operators see of us, and how fast it answers.
final class Host {
    let number: Int
    let name: String
    /// The time from a question to its answer, in seconds, without any other question.
    let roundTripSeconds: Double
    private let checks: Traffic
    private let probes: Traffic

    /// Who asks.
    enum Asker {
        case checks
        /// Probes, which ask at the same time as checks, in another thread.
        case probes
    }

    /// The questions of one asker.
    final class Traffic {
        fileprivate(set) var requests = RequestCounts()
        /// Chooses the backend that answers.
        var chance: Chance

        fileprivate init(chance: Chance) { self.chance = chance }

        /// Counts one question.
        func note(_ kind: RequestCounts.Kind, at time: Int) {
            requests.note(kind, at: time)
        }
    }

    func traffic(of asker: Asker) -> Traffic { asker == .checks ? checks : probes }

    /// All requests that it got.
    var requests: RequestCounts { checks.requests + probes.requests }

    init(number: Int, name: String, roundTripSeconds: Double, seed: UInt64) {
        self.number = number
        self.name = name
        self.roundTripSeconds = roundTripSeconds
        checks = Traffic(chance: Chance(seed: seed, "host", number))
        probes = Traffic(chance: Chance(seed: seed, "host of probes", number))
    }
}

/// The requests that a host got, by hours.
package struct RequestCounts: Equatable, Sendable {
    package enum Kind: Int, Sendable, CaseIterable {
        /// Whether the host is up.
        case probe
        /// About a file that the catalog has held for less than a day.
        case young
        /// A folder or the whole tree at once.
        case listing
        /// About any other file.
        case file
    }

    /// By kind, then by hour from ``firstHour`` on.
    private var hours: [[Int32]] = Array(repeating: [], count: Kind.allCases.count)
    /// The warm-up is before 0.
    private static let firstHour = -48

    static func + (left: Self, right: Self) -> Self {
        var sum = left
        for (kind, column) in right.hours.enumerated() {
            let missing = column.count - sum.hours[kind].count
            if missing > 0 { sum.hours[kind].append(contentsOf: repeatElement(0, count: missing)) }
            for (hour, count) in column.enumerated() { sum.hours[kind][hour] += count }
        }
        return sum
    }

    mutating func note(_ kind: Kind, at time: Int) {
        let hour = time / 3600 - Self.firstHour - (time < 0 ? 1 : 0)
        guard hour >= 0 else { return }
        let missing = hour + 1 - hours[kind.rawValue].count
        if missing > 0 { hours[kind.rawValue].append(contentsOf: repeatElement(0, count: missing)) }
        hours[kind.rawValue][hour] += 1
    }

    /// The number in the hour that begins `hour` hours after the start.
    package func count(_ kind: Kind, hour: Int) -> Int {
        let index = hour - Self.firstHour
        let column = hours[kind.rawValue]
        return column.indices.contains(index) ? Int(column[index]) : 0
    }

    /// The number of all kinds except `left` in the hours of `range`.
    package func total(hours range: Range<Int>, except left: Kind? = nil) -> Int {
        Kind.allCases.filter { $0 != left }
            .reduce(0) { sum, kind in sum + range.reduce(0) { $0 + count(kind, hour: $1) } }
    }

    /// The maximum in one hour of `range`.
    package func worstHour(_ range: Range<Int>, except left: Kind? = nil) -> Int {
        range.map { total(hours: $0..<$0 + 1, except: left) }.max() ?? 0
    }
}
