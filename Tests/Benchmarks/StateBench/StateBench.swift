import Catalogs
import CheckStates
import Glibc
import MapBuilding
import Mirrors
import ObjectStorage

/// The cost of the Builder's input by the number of files, and of building all maps from it; each
/// row is a separate process, because of its peak memory.
///
///     state-bench states FILES                           the catalog and a check state
///     state-bench visits FILES                           the policy of checking
///     state-bench prepare FILES ACCESS_POINTS FOLDER     makes a store for the next
///     state-bench build REGIONS FOLDER                   maps of this many continents
///     state-bench fill FOLDER                            states for a store's catalog and mirrors
///
/// Times are CPU times, to which nothing else that runs adds.
@main
enum StateBench {
    static func main() throws {
        let arguments = CommandLine.arguments.dropFirst()
        let numbers = arguments.compactMap { Int($0) }
        switch (arguments.first, arguments.count, numbers.count) {
        case ("states"?, 2, 1): try measureStates(max(2000, numbers[0]))
        case ("visits"?, 2, 1):
            VisitBench(fileCount: numbers[0]).run { name, seconds, count in
                let microseconds = (seconds / Double(count) * 1e7).rounded() / 10
                print("| \(name) | \(numbers[0]) | \(microseconds) µs |")
            }
        case ("prepare"?, 4, 2):
            try MadeStore(fileCount: numbers[0], accessPointCount: numbers[1])
                .write(to: FileStore(folder: arguments.last ?? ""))
        case ("fill"?, 2, 0):
            try StateFill(store: FileStore(folder: arguments.last ?? "")).run()
        case ("build"?, 3, 1):
            try measureBuild(numbers[0], FileStore(folder: arguments.last ?? ""))
        default:
            print(
                "usage: state-bench states FILES | visits FILES | prepare FILES POINTS FOLDER "
                    + "| build REGIONS FOLDER | fill FOLDER"
            )
            exit(2)
        }
    }

    private static func measureStates(_ count: Int) throws {
        let made = MadeStore(fileCount: count, accessPointCount: 1)
        var catalog = made.catalog()
        let blob = catalog.encoded()
        let loading = try seconds { catalog = try Catalog(decoding: blob) }
        let appending = seconds {
            for number in 0..<1000 { catalog.append(made.file(count + number)) }
            precondition(!catalog.encoded().isEmpty)
        }
        show("catalog", count, blob.count, loading, appending)
        for (name, state) in [
            ("check state, one sweep", made.state(runCount: 3, faultPercent: 0)),
            (
                "check state, a week of runs, 3 % faults",
                made.state(runCount: 2016, faultPercent: 3)
            ),
        ] {
            var state = state
            let blob = state.encoded()
            let loading = try seconds { state = try CheckState(decoding: blob) }
            let appending = seconds {
                for number in 0..<1000 {
                    state[FileID(UInt32(count + number))] = made.proof(ofRun: 0)
                }
                precondition(!state.encoded().isEmpty)
            }
            show(name, count, blob.count, loading, appending)
        }
    }

    private static func show(
        _ name: String,
        _ count: Int,
        _ byteCount: Int,
        _ loading: Double,
        _ appending: Double
    ) {
        let perFile = (Double(byteCount) / Double(count) * 100).rounded() / 100
        print(
            "| \(name) | \(count) | \(perFile) | \(milliseconds(loading)) ms "
                + "| \(milliseconds(appending)) ms |"
        )
    }

    private static func measureBuild(_ regionCount: Int, _ store: FileStore) throws {
        var settings = MapPublication.Settings()
        settings.regions = Regions.continents.all.prefix(regionCount).map(\.id)
        settings.maximumAge = 365 * 86_400
        settings.isDryRun = false
        var outcomes: [(id: Region.ID, outcome: MapPublication.RegionOutcome)] = []
        let spent = try seconds {
            outcomes = try MapPublication(store: store, settings: settings, now: MadeStore.now)
                .run().regions
        }
        guard case .built(let figures, _)? = outcomes.first?.outcome else {
            preconditionFailure("\(outcomes)")
        }
        let bytesPerPath = Double(figures.byteCount) / Double(figures.pathCount)
        print(
            "| \(figures.pathCount) | \(figures.accessPointCount) | \(outcomes.count) "
                + "| \(milliseconds(spent) / 1000) s | \(peakMebibytes) MiB | "
                + "\((bytesPerPath * 100).rounded() / 100) |"
        )
    }

    static func seconds(_ body: () throws -> Void) rethrows -> Double {
        let start = clock()
        try body()
        return Double(clock() - start) / 1e6
    }

    private static func milliseconds(_ seconds: Double) -> Double {
        (seconds * 10_000).rounded() / 10
    }

    private static var peakMebibytes: Int {
        var usage = rusage()
        unsafe _ = getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return usage.ru_maxrss / 1024
    }
}
