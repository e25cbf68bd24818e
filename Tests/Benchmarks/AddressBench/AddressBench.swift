import AddressDatabases
import Bytes
import Glibc
import Mirrors
import ObjectStorage
import Redirection

/// Times look-ups of addresses in databases.
///
/// `address-bench FILE...` prints for each MaxMind DB the CPU time of opening it, and of looking up
/// an address drawn from all of IPv4: for the first 1,000, which find hardly anything in the
/// processor's caches, and for the best of twenty rounds of 100,000. Addresses that are not in the
/// database cost the path to the point where it ends.
///
/// `address-bench --print FILE` prints the result of a city database for each address on standard
/// input: the country and whole kilometres from 0° N 0° E, or `-`. `compare-databases.py` compares
/// this with another reader's results.
@main
enum AddressBench {
    static func main() throws {
        let files = CommandLine.arguments.dropFirst()
        if files.count == 2, files.first == "--print", let path = files.last {
            guard let file = try MappedFile.open(path) else { exit(1) }
            try show(MaxMindDatabase(file.bytes, of: .places))
            return
        }
        guard !files.isEmpty else {
            print("usage: address-bench FILE...")
            exit(2)
        }
        for path in files {
            let begin = nanoseconds()
            guard let file = try MappedFile.open(path) else {
                print("there is no \(path)")
                exit(1)
            }
            guard let (database, content) = open(file.bytes) else {
                print("\(path): no database that is read here")
                exit(1)
            }
            let opened = nanoseconds() - begin
            var random = Draws(state: 88_172_645_463_325_252)
            let first = look(1_000, in: database, content, &random)
            var least = Int.max
            var found = 0
            for _ in 0..<20 {
                let round = look(100_000, in: database, content, &random)
                least = min(least, round.nanoseconds)
                found = round.found
            }
            print(
                "\(path): \(content), opened in \(opened / 1000) us, look-up "
                    + "\(first.nanoseconds / 1_000) ns at first, "
                    + "then \(least / 100_000) ns, \(found / 1_000) % found"
            )
        }
    }

    private static func show(_ database: MaxMindDatabase) throws {
        guard let origin = GlobePoint(latitude: 0, longitude: 0) else { return }
        while let line = readLine() {
            guard let address = IPAddress(line) else { continue }
            let (country, place) = database.whereabouts(of: address)
            let way =
                place.flatMap { GlobePoint($0) }
                .map { "\(Int($0.kilometres(to: origin).rounded()))" } ?? "-"
            print("\(line) \(country.map { "\($0)" } ?? "-") \(way)")
        }
    }

    private static func open(
        _ bytes: StableBytes
    ) -> (database: MaxMindDatabase, content: MaxMindDatabase.Content)? {
        for content in [MaxMindDatabase.Content.places, .systems, .countries] {
            if let database = try? MaxMindDatabase(bytes, of: content) {
                return (database, content)
            }
        }
        return nil
    }

    private static func look(
        _ count: Int,
        in database: MaxMindDatabase,
        _ content: MaxMindDatabase.Content,
        _ random: inout Draws
    ) -> (nanoseconds: Int, found: Int) {
        var found = 0
        let begin = nanoseconds()
        for _ in 0..<count {
            let address = IPAddress(v4: random.next())
            let isFound =
                switch content {
                case .places: database.whereabouts(of: address).place != nil
                case .systems: database.system(of: address) != nil
                case .countries: database.country(of: address) != nil
                }
            if isFound { found += 1 }
        }
        return (nanoseconds() - begin, found)
    }

    private static func nanoseconds() -> Int {
        var time = timespec()
        unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return time.tv_sec * 1_000_000_000 + time.tv_nsec
    }
}

/// Marsaglia's xorshift: the same addresses in every run.
private struct Draws {
    var state: UInt64

    mutating func next() -> UInt32 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return UInt32(truncatingIfNeeded: state >> 32)
    }
}
