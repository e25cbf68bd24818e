import Catalogs
import CheckPlanning
import CheckStates
import Checking
import Foundation
import JSON
import Mirrors
import ObjectStorage
import TestSupport
import Time

/// A mirror behind a real server, with the files that the catalog expects, checked run by run.
final class RealMirror {
    /// The clock of runs, which tests move hours ahead between them.
    struct ShiftedClock: CheckClock {
        private let clock = SystemCheckClock()
        let shift: Int64
        var now: Timestamp { clock.now.advanced(bySeconds: shift) }
        var elapsed: Double { clock.elapsed }
    }

    let folder: TemporaryFolder
    let baseURL: String
    let store = InMemoryStore()
    var catalog = Catalog(generation: 1)
    /// The number of seconds by which runs are ahead of real time.
    var shift: Int64 = 0
    /// The time when the catalog got its files, not counting the shift: files of one shift are one
    /// batch.
    private let startedAt = SystemCheckClock().now
    let accessPoint: AccessPoint

    /// The time of all files at the master, in the distant past.
    static let modified = Timestamp(secondsSinceEpoch: 1_700_000_000)

    init(_ folder: TemporaryFolder, baseURL: String) {
        self.folder = folder
        self.baseURL = baseURL
        accessPoint = .make("m", baseURL: baseURL)
    }

    var now: Timestamp { ShiftedClock(shift: shift).now }

    /// Adds a file of ten bytes to the catalog and, unless it is lacking, to the mirror; its time
    /// there differs by `lead` seconds from the master's.
    @discardableResult
    func add(
        _ path: String,
        byteCount: Int = 10,
        lead: Int64 = 0,
        isLacking: Bool = false
    ) throws -> FileID {
        if !isLacking { try put(path, byteCount: byteCount, lead: lead) }
        return catalog.append(
            ExpectedFile(
                path: TreePath(path),
                kind: .file,
                byteCount: UInt64(byteCount),
                modified: Self.modified,
                firstSeen: startedAt.advanced(bySeconds: shift),
                changedIn: catalog.generation
            )
        )
    }

    func put(_ path: String, byteCount: Int = 10, lead: Int64 = 0) throws {
        let parents = path.split(separator: "/").dropLast().joined(separator: "/")
        if !parents.isEmpty { try folder.makeFolder(parents) }
        try folder.write(String(repeating: "a", count: byteCount), to: path)
        let time = Self.modified.advanced(bySeconds: lead).secondsSinceEpoch
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSince1970: Double(time))],
            ofItemAtPath: folder.appending(path)
        )
    }

    func remove(_ path: String) throws {
        try FileManager.default.removeItem(atPath: folder.appending(path))
    }

    /// Lets time pass, with a run every quarter of an hour; every file is asked for within an hour.
    @discardableResult
    func pass(hours: Int) throws -> CheckReport.Line? {
        var line: CheckReport.Line?
        for _ in 0..<hours * 4 {
            shift += 900
            line = try check()
        }
        return line
    }

    /// Makes one run, in which suspicious files are asked for twice.
    @discardableResult
    func check(contentProofByteCount: UInt64 = 65_536) throws -> CheckReport.Line {
        var settings = CheckSettings()
        settings.policy.contentProofByteCount = contentProofByteCount
        settings.requestsPerSecond = 0
        settings.policy.recheckSeconds = 0
        settings.policy.cycleSeconds = 3_600
        let run = CheckRun(
            targets: .each([accessPoint]),
            policy: .make(catalog, settings),
            transport: try WebTransports([accessPoint], settings).single,
            states: CheckStateStore(store),
            leases: CheckLeases(store),
            settings: settings,
            clock: ShiftedClock(shift: shift),
            shouldStop: { false }
        )
        return try run.run().accessPoints[0]
    }

    var state: CheckState {
        get throws { try CheckStateStore(store).load(accessPoint).state }
    }

    /// The files whose presence counts.
    func believed() throws -> Set<String> {
        let state = try state
        let ids = catalog.ids.filter {
            state[$0].outcome == .present && state.isBelieved(state[$0])
        }
        return Set(ids.map { catalog.path(of: $0).description })
    }
}
