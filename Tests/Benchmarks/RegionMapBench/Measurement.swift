import Glibc

/// The measurements in the rows of the tables.
///
/// Times are CPU times of this process, which uses one thread: other work on the machine affects
/// only the caches.
enum Measurement {
    static func seconds<E: Error>(_ body: () throws(E) -> Void) throws(E) -> Double {
        let start = processorSeconds()
        try body()
        return processorSeconds() - start
    }

    private static func processorSeconds() -> Double {
        var time = timespec()
        unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// Makes the kernel forget the previous peak (proc(5), `clear_refs`).
    static func resetPeak() {
        guard let file = unsafe fopen("/proc/self/clear_refs", "w") else { return }
        unsafe fputs("5", file)
        unsafe fclose(file)
    }

    static var peakMebibytes: Int {
        var usage = rusage()
        unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return usage.ru_maxrss / 1024
    }

    /// The nanoseconds for looking up one of `paths`: the best of several rounds, because the first
    /// one warms up and other processes use the caches, too.
    static func nanoseconds(
        of paths: PathColumn,
        expecting hits: ClosedRange<Int>,
        _ lookUp: (RawSpan) -> Bool
    ) -> Double {
        var best = Double.infinity
        for _ in 0..<5 {
            var found = 0
            best = min(best, seconds { found = paths.count(where: lookUp) })
            precondition(hits.contains(found), "\(found) of \(paths.pathCount) found, not \(hits)")
        }
        return best * 1e9 / Double(paths.pathCount)
    }

    static func fixed(_ value: Double, digits: Int = 2) -> String {
        let scale = (0..<digits).reduce(1) { scale, _ in scale * 10 }
        let scaled = Int((value * Double(scale)).rounded())
        guard digits > 0 else { return "\(scaled)" }
        let fraction = "\(scaled % scale)"
        return
            "\(scaled / scale).\(String(repeating: "0", count: digits - fraction.count))\(fraction)"
    }

    /// One row of a table in Markdown.
    static func row(_ cells: String...) -> String { "| \(cells.joined(separator: " | ")) |" }
}

/// Paths end to end, so that making them is not part of the time of looking them up.
struct PathColumn {
    private var bytes: [UInt8] = []
    private var ends: [Int] = []

    /// `pathCount` paths of the tree with the numbers that `number` gives for 0, 1 and so on.
    init(_ pathCount: Int, number: (UInt64) -> Int) {
        for index in 0..<UInt64(pathCount) {
            SyntheticTree.append(pathOf: number(index), to: &bytes)
            ends.append(bytes.count)
        }
    }

    var pathCount: Int { ends.count }

    func count(where isCounted: (RawSpan) -> Bool) -> Int {
        let all = unsafe bytes.span.bytes
        var start = 0
        var count = 0
        for end in ends {
            if isCounted(all.extracting(start..<end)) { count += 1 }
            start = end
        }
        return count
    }
}
