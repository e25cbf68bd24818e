import Foundation
import TestSupport
import Testing

/// Every function under every fault of its storage: it ends in time with a named error, or succeeds
/// after another attempt; nothing is torn or lost, and the redirector answers.
///
/// The outcomes are tables in Shared/Storage/S3Storage/FAULTS.md. `UPDATE_TABLES=1 make test-e2e`
/// writes them.
@Suite(.serialized) struct StorageFaultTests {
    static let document = "Shared/Storage/S3Storage/FAULTS.md"
    /// A function gives up on a stall after two of these timeouts.
    static let patience = ["STORAGE_TIMEOUT_SECONDS": "6"]

    @Test
    func functionsEndAsTheTableSays() throws {
        let stages = try StagedStorage(on: .bucket)
        defer { stages.stop() }
        let middles = try Dictionary(
            uniqueKeysWithValues: StorageWriter.allCases.map {
                ($0, try Self.middle(of: $0, stages))
            }
        )
        let cells = FaultProxy.Fault.allCases.flatMap { fault in
            StorageWriter.allCases.map { Cell(fault: fault, writer: $0) }
        }
        let outcomes = inThreads(cells, atMost: 18) { cell in
            Outcome { try cell.outcomes(stages, middle: middles[cell.writer] ?? 0) }
        }
        for (cell, outcome) in zip(cells, outcomes) {
            #expect(outcome.problems.isEmpty, "\(cell.fault), \(cell.writer)")
        }
        let table = DocumentedTable.markdown(
            ["fault", "function", "all along", "from the middle on", "once"],
            zip(cells, outcomes).map { ("\($0.fault)", $0.writer.rawValue, $1.names) },
            allSubjects: StorageWriter.allCases.map(\.rawValue)
        )
        let document = try DocumentedTable("functions", in: Self.document)
        let differences = try document.differences(from: table)
        #expect(differences == [])
    }

    /// The number of requests after which a function is half done.
    static func middle(of writer: StorageWriter, _ stages: StagedStorage) throws -> Int {
        let server = try #require(stages.server)
        let proxy = try FaultProxy(to: server.port)
        defer { proxy.stop() }
        let name = "undisturbed-\(writer)"
        try stages.copy(writer.stage, to: name)
        try stages.finish(writer, stages.environment(of: name, port: proxy.port))
        #expect(try stages.problems(in: name, after: writer, isDone: true) == [])
        return proxy.requestCount / 2
    }

    @Test
    func redirectorAnswersAllTheWhile() throws {
        let stages = try StagedStorage(on: .bucket)
        defer { stages.stop() }
        let trials = try FaultProxy.Fault.allCases.map { try RedirectorTrial($0, stages) }
        let outcomes = inThreads(trials) { trial in
            Outcome { try trial.outcomes() }
        }
        for (trial, outcome) in zip(trials, outcomes) {
            #expect(outcome.problems.isEmpty, "\(trial.fault)")
        }

        // The fault is over, and there is a new file.
        try stages.publishToAll(StagedStorage.addedPath)
        let environment = stages.environment(of: StagedStorage.Stage.built.rawValue)
        for writer in StorageWriter.allCases { try stages.finish(writer, environment) }
        for trial in trials {
            #expect(try trial.learnsOf(StagedStorage.addedPath), "\(trial.fault)")
        }
        let table = DocumentedTable.markdown(
            ["fault", "with a map", "started meanwhile"],
            zip(trials, outcomes).map { trial, outcome in
                ("\(trial.fault)", outcome.names.first ?? "", Array(outcome.names.dropFirst()))
            },
            allSubjects: []
        )
        let document = try DocumentedTable("redirectors", in: Self.document)
        let differences = try document.differences(from: table)
        #expect(differences == [])
    }
}

/// The outcomes in one row of a table.
struct Outcome: Sendable {
    var names: [String] = []
    var problems: [String] = []

    init(_ find: () throws -> Outcome) {
        do {
            self = try find()
        } catch {
            problems.append("\(error)")
        }
    }

    init() {}
}

/// One function under one fault.
private struct Cell: Sendable {
    let fault: FaultProxy.Fault
    let writer: StorageWriter

    /// Runs the function with the fault throughout, from its middle on, and once.
    ///
    /// The last run is also the one that has to complete what the first two left.
    func outcomes(_ stages: StagedStorage, middle: Int) throws -> Outcome {
        var outcome = Outcome()
        guard let server = stages.server else { return outcome }
        let proxy = try FaultProxy(to: server.port)
        defer { proxy.stop() }
        let name = "\(fault)-\(writer)"
        try stages.copy(writer.stage, to: name)
        if fault == .staleRead { try outdate(name, stages, proxy) }
        let environment = stages.environment(of: name, port: proxy.port)
        for (passes, count) in [(0, Int.max), (middle, .max), (0, 1)] {
            // A Checker that cannot reach storage cannot release its leases either.
            try stages.endLeases(stages.environment(of: name))
            try proxy.inject(fault, after: passes, count: count)
            // If nothing listens, no request is seen, so the last one to fail is unknown.
            if fault == .refused, count == 1 {
                Thread.detachNewThread {
                    Thread.sleep(forTimeInterval: 0.2)
                    try? proxy.inject(nil)
                }
            }
            // A fault that should pass must not last longer than a function waits, even on a busy
            // machine.
            let patience =
                count == 1 ? ["STORAGE_TIMEOUT_SECONDS": "18"] : StorageFaultTests.patience
            let result = try stages.function(writer, environment)
                .run(environment: patience, seconds: 60)
            let ending = Self.name(of: result, &outcome.problems)
            let isByPosition = passes > 0 && [.bitFlip, .staleRead].contains(fault)
            // The outcome depends on which request meets these faults first, and that may be any.
            outcome.names.append(isByPosition ? "right or an error" : ending)
            outcome.problems += try stages.problems(
                in: name,
                after: writer,
                isDone: result.isSuccess
            )
        }
        return outcome
    }

    /// Lets the proxy see the storage as it is, and then lets the deployment continue without it.
    private func outdate(_ name: String, _ stages: StagedStorage, _ proxy: FaultProxy) throws {
        _ = try Product.function(
            "storage",
            environment: stages.environment(of: name, port: proxy.port)
        )
        .run(arguments: ["verify"])
        for writer in StorageWriter.allCases {
            try stages.finish(writer, stages.environment(of: name))
        }
    }

    private static let errors: [(text: String, name: String)] = [
        ("storage is unavailable", "unavailable"), ("because the clocks differ", "clockSkew"),
        ("storage refuses to", "accessDenied"), ("does not exist: create it", "noBucket"),
        ("arrived damaged", "damaged"), ("was changed by another writer", "conditionFailed"),
        ("another leader was faster", "conditionFailed"),
    ]

    /// The name of the function's result; adds to `problems` if its wording is wrong.
    private static func name(of result: FunctionResult, _ problems: inout [String]) -> String {
        if result.isSuccess { return "right" }
        if result.ending != .exited(1) || result.logLines.count != 1 {
            problems.append("\(result)")
        }
        let error = errors.first { result.log.contains($0.text) && result.output.contains($0.text) }
        return error.map { "`\($0.name)`" } ?? "\(result.logLines.first ?? "")"
    }
}

/// Two redirectors under one fault: one with a map, and one that starts without any copy.
private final class RedirectorTrial: Sendable {
    let fault: FaultProxy.Fault
    private let proxy: FaultProxy
    private let folder: TemporaryFolder
    private let environment: [String: String]
    private let first: Redirector
    private let path = "/distfiles/layout.conf"
    private let answer: String

    init(_ fault: FaultProxy.Fault, _ stages: StagedStorage) throws {
        self.fault = fault
        let server = try #require(stages.server)
        proxy = try FaultProxy(to: server.port)
        folder = try TemporaryFolder("redirector-trial")
        environment = stages.environment(
            of: StagedStorage.Stage.built.rawValue,
            port: proxy.port
        ).merging(["STORAGE_TIMEOUT_SECONDS": "3"]) { $1 }
        let first = try Redirector(
            environment,
            cache: folder.makeFolder("first"),
            logLevel: "warning"
        )
        let path = path
        _ = try eventually(within: 60) {
            try first.location(of: path)?.hasPrefix(Redirector.fallback) == false
        }
        self.first = first
        answer = try #require(try first.location(of: path))
        #expect(!answer.hasPrefix(Redirector.fallback))
    }

    /// Sends requests to both while the fault lasts, until the first one has met it at least twice.
    func outcomes() throws -> Outcome {
        var outcome = Outcome()
        try proxy.inject(fault)
        let requestCount = proxy.requestCount
        let second = try Redirector(
            environment,
            cache: folder.makeFolder("second"),
            logLevel: "warning"
        )
        let fallback = Redirector.fallback + path.dropFirst()
        var answers: (first: Set<String>, second: Set<String>) = ([], [])
        var latest = ""
        let hasMetTheFault = try eventually(within: 60) {
            answers.first.insert(try first.location(of: path) ?? "no redirect")
            latest = try second.location(of: path) ?? "no redirect"
            answers.second.insert(latest)
            // A refused request is not seen, and an answer without a body cannot be damaged.
            let complaints = try first.log.split(separator: "\n").count {
                $0.contains("storage unavailable")
            }
            let hasAsked = proxy.requestCount >= requestCount + 8
            return complaints >= 2 || hasAsked && (fault != .staleRead || latest == answer)
        }
        if !hasMetTheFault { outcome.problems.append("the fault was not noticed") }
        if answers.first != [answer] || !answers.second.isSubset(of: [answer, fallback]) {
            outcome.problems.append("answers: \(answers)")
        }
        outcome.names = ["a mirror", latest == answer ? "a mirror" : "the fallback"]
        try proxy.inject(nil)
        if try !eventually(within: 90, { try second.location(of: path) == answer }) {
            outcome.problems.append("the second one does not recover: \(try second.log)")
        }
        return outcome
    }

    /// Whether the first one redirects clients to a mirror for a new file.
    func learnsOf(_ path: String) throws -> Bool {
        try eventually(within: 60) {
            try first.location(of: "/\(path)")?.hasPrefix(Redirector.fallback) == false
        }
    }
}
