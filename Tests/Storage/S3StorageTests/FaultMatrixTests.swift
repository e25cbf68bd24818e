import Foundation
import ObjectStorage
import TestSupport
import Testing

@testable import S3Storage

/// Every operation under every fault: it ends in time, with a named error or a success after
/// another attempt; nothing is torn, and no write is lost or done twice.
///
/// The outcomes are the table in Shared/Storage/S3Storage/FAULTS.md. `UPDATE_TABLES=1 swift test`
/// writes it.
extension S3Tests {
    @Suite struct FaultMatrixTests {
        /// Eight seconds for each operation: a stall takes one to two, and the machine may be busy.
        static let limits = Attempts.Limits(
            count: 4,
            totalSeconds: 8,
            connectSeconds: 1,
            stallSeconds: 1,
            baseSeconds: 0.02,
            capSeconds: 0.2
        )

        enum Operation: String, CaseIterable {
            case get
            case getIfChanged = "get if changed"
            case getRange = "get a range"
            case put
            case putIfAbsent = "put if absent"
            case putIfUnchanged = "put if unchanged"
            case delete
            case list
            case lease = "take a lease"
        }

        @Test func endsAsTheTableSays() throws {
            let server = try SeaweedFS.shared
            let cells = FaultProxy.Fault.allCases.flatMap { fault in
                Operation.allCases.map { Cell(fault: fault, operation: $0) }
            }
            let outcomes = inThreads(cells, atMost: 16) { Self.outcome(of: $0, server) }
            for (cell, outcome) in zip(cells, outcomes) {
                #expect(outcome.problems.isEmpty, "\(cell.fault), \(cell.operation)")
                #expect(
                    outcome.seconds < Self.limits.totalSeconds + 2,
                    "\(cell.fault), \(cell.operation)"
                )
            }
            let table = DocumentedTable.markdown(
                ["fault", "operation", "while it lasts", "when it passes"],
                zip(cells, outcomes).map { cell, outcome in
                    ("\(cell.fault)", cell.operation.rawValue, [outcome.lasting, outcome.passing])
                },
                allSubjects: Operation.allCases.map(\.rawValue)
            )
            let document = try DocumentedTable(
                "operations",
                in: "Shared/Storage/S3Storage/FAULTS.md"
            )
            let differences = try document.differences(from: table)
            #expect(differences == [])
        }

        struct Cell: Hashable {
            let fault: FaultProxy.Fault
            let operation: Operation
        }

        struct Outcome {
            /// The outcome while the fault lasts.
            var lasting = ""
            /// The outcome if it passes after one request.
            var passing = ""
            var problems: [String] = []
            var seconds = 0.0
        }

        /// Both runs of a cell, with their own blobs and proxy.
        static func outcome(of cell: Cell, _ server: SeaweedFS) -> Outcome {
            var outcome = Outcome()
            do {
                for isLasting in [true, false] {
                    let proxy = try FaultProxy(to: server.port)
                    defer { proxy.stop() }
                    let prefix = "faults/\(UInt32.random(in: 1_000_000_000 ... .max))"
                    let direct = try server.store(prefix)
                    // The proxy does not see refused connections, so that fault ends after a time,
                    // not after a number of attempts.
                    let endsInTime = cell.fault == .refused && !isLasting
                    var limits = limits
                    if endsInTime { limits.count = 1_000 }
                    let faulty = try server.store(prefix, port: proxy.port, limits: limits)
                    let scene = try Scene(direct: direct, faulty: faulty)
                    try scene.warmUp(for: cell.fault)
                    try proxy.inject(cell.fault, count: isLasting ? .max : 1)
                    if endsInTime {
                        Thread.detachNewThread {
                            Thread.sleep(forTimeInterval: 0.03)
                            try? proxy.inject(nil)
                        }
                    }
                    let start = Date()
                    let result = scene.run(cell.operation)
                    outcome.seconds = max(outcome.seconds, Date().timeIntervalSince(start))
                    if isLasting {
                        outcome.lasting = result
                    } else {
                        outcome.passing = result
                    }
                    // A listing has no checksum: FAULTS.md says so.
                    if cell.fault == .bitFlip, cell.operation == .list { continue }
                    outcome.problems += try scene.problems(after: cell.operation, result)
                }
            } catch {
                outcome.problems.append("\(error)")
            }
            return outcome
        }
    }
}

/// The blobs of one run.
private struct Scene {
    let direct: S3Store
    let faulty: S3Store
    let key: BlobKey
    let absent: BlobKey
    let old: [UInt8] = Array(repeating: 0x61, count: 3000)
    let new: [UInt8] = Array(repeating: 0x62, count: 3000)
    let tag: EntityTag

    init(direct: S3Store, faulty: S3Store) throws {
        self.direct = direct
        self.faulty = faulty
        key = try BlobKey("maps/europe.map")
        absent = try BlobKey("catalog/0000000001.catalog")
        tag = try direct.put(key, old)
    }

    /// The bytes that a stale read should return are read through the proxy before they are
    /// replaced.
    func warmUp(for fault: FaultProxy.Fault) throws {
        guard fault == .staleRead else { return }
        _ = try faulty.get(key)
        _ = try faulty.list(prefix: "maps/")
    }

    func run(_ operation: S3Tests.FaultMatrixTests.Operation) -> String {
        do throws(StorageError) {
            switch operation {
            case .get: return Self.name(try faulty.get(key)?.bytes)
            case .getIfChanged:
                switch try faulty.get(key, ifChangedFrom: EntityTag("\"0\"")) {
                case .unchanged: return "unchanged"
                case .absent: return "absent"
                case .changed(let blob): return Self.name(blob.bytes)
                }
            case .getRange:
                return Self.name(try faulty.get(key, bytes: 100..<1000, of: tag))
            case .put: try faulty.put(key, new)
            case .putIfAbsent: try faulty.put(absent, new, if: .absent)
            case .putIfUnchanged: try faulty.put(key, new, if: .unchanged(tag))
            case .delete: try faulty.delete(key)
            case .list: return try faulty.list(prefix: "maps/") == [key] ? "right" : "wrong"
            case .lease:
                switch try Lease.acquire("check-m1", for: 60, in: faulty) {
                case .acquired: return "right"
                case .taken: return "taken"
                }
            }
            return "right"
        } catch {
            return "`\("\(error)".isEmpty ? "" : Self.caseName(error))`"
        }
    }

    /// The blob's bytes are all `a` or all `b`.
    private static func name(_ bytes: [UInt8]?) -> String {
        guard let bytes, let first = bytes.first else { return "absent" }
        return bytes.allSatisfy { $0 == first } && first != 0x71 ? "right" : "damaged bytes"
    }

    private static func caseName(_ error: StorageError) -> String {
        String(String(describing: Mirror(reflecting: error).children.first?.label ?? "\(error)"))
    }

    /// The problems in the store afterwards, read without the proxy.
    func problems(
        after operation: S3Tests.FaultMatrixTests.Operation,
        _ result: String
    ) throws -> [String] {
        var problems: [String] = []
        let bytes = try direct.get(key)?.bytes
        let succeeded = result == "right"
        switch operation {
        case .put, .putIfUnchanged:
            if bytes != new, bytes != old { problems.append("a torn blob") }
            if succeeded, bytes != new { problems.append("a lost write") }
        case .putIfAbsent:
            let made = try direct.get(absent)?.bytes
            if let made, made != new { problems.append("a torn blob") }
            if succeeded, made == nil { problems.append("a lost write") }
        case .delete:
            if succeeded, bytes != nil { problems.append("a blob that was deleted") }
        case .get, .getIfChanged, .getRange, .list, .lease:
            if bytes != old { problems.append("a read that wrote") }
        }
        if result == "wrong" { problems.append("a wrong listing") }
        return problems
    }
}
