import Foundation
import Glibc
import TestSupport
import Testing

/// The whole way from a master tree and a mirror list to the bytes of a download, with storage in a
/// folder and in a bucket; tests that do not depend on storage use one of them.
@Suite(.serialized, .deploymentOnEachStorage) struct PipelineTests {
    private let deployments: [StorageKind: Installation]
    let deployment: Installation
    var network: MirrorNetwork { deployment.network }

    init() throws {
        deployments = DeploymentTrait.all
        deployment = try #require(deployments[.folder])
    }

    private func deployment(on kind: StorageKind) throws -> Installation {
        try #require(deployments[kind])
    }

    @Test(arguments: StorageKind.allCases)
    func leavesNothingWrongInStorage(_ kind: StorageKind) throws {
        try deployment(on: kind).storage("verify")
    }

    /// The expectations here do not rest on the product's own idea of a tree.
    @Test func theFileSystemAgreesWithTheListOfFaults() throws {
        let trees = Dictionary(uniqueKeysWithValues: network.copies.map { ($0.name, $0.tree) })
        var withheld = 0
        for fault in network.faults where fault.withholdsFile && fault.fault != "empty-mirror" {
            guard let expected = network.master.entry(at: fault.path) else { continue }
            let tree = try #require(trees[fault.mirror])
            #expect(tree.entry(at: fault.path) != expected, "\(fault)")
            withheld += 1
        }
        #expect(withheld > 100)
    }

    @Test(arguments: StorageKind.allCases)
    func publishesAnUnchangedTreeOnce(_ kind: StorageKind) throws {
        let deployment = try deployment(on: kind)
        func catalogs() throws -> [Substring] {
            try deployment.storageSnapshot().filter { $0.contains(" catalog/") }
        }
        let before = try catalogs()
        #expect(!before.isEmpty)
        try deployment.publishTree()
        #expect(try catalogs() == before)
    }

    @Test(
        arguments: zip(
            [StorageKind.folder, .folder, .bucket],
            ["europe", "north-america", "europe"]
        )
    )
    func sendsEveryPathToAMirrorThatHasIt(_ kind: StorageKind, _ region: String) throws {
        let redirector = try deployment(on: kind).redirector(region)
        let report = try follow(try network.master.everyPath(), redirector, up: network.copies)
        print(
            "redirector \(region), \(kind): \(report), \((redirector.child.peakMemory ?? 0) >> 20) "
                + "MiB"
        )
        #expect(report.problems.isEmpty, "\(report)")
        #expect(report.fallbackCount == 0, "one mirror is complete")
        #expect(report.redirectCount > Product.objectCount / 10)
        #expect(report.mirrors.count > 1)
    }

    @Test(arguments: StorageKind.allCases)
    func avoidsAMirrorThatIsDownAndComesBackToIt(_ kind: StorageKind) throws {
        let deployment = try deployment(on: kind)
        let redirector = try deployment.redirector("australia-and-oceania")
        let first = network.copies[0]
        let path = "/distfiles/layout.conf"
        #expect(try redirector.location(of: path)?.hasPrefix(first.url) == true)

        let server = network.firstServer
        server.stop()
        defer { try? server.start() }
        try deployment.probe()
        #expect(
            try eventually(within: 20) {
                try redirector.location(of: path)?.hasPrefix(first.url) == false
            }
        )
        let up = network.copies.dropFirst()
        let report = try follow(try network.master.everyPath(), redirector, up: Array(up))
        #expect(report.problems.isEmpty, "\(report)")
        #expect(report.mirrors.contains(first.name) == false)

        try server.start()
        try deployment.probe()
        #expect(
            try eventually(within: 20) {
                try redirector.location(of: path)?.hasPrefix(first.url) == true
            }
        )
    }

    @Test(arguments: StorageKind.allCases)
    func followsAFileFromItsPublicationToItsRemoval(_ kind: StorageKind) throws {
        let deployment = try deployment(on: kind)
        let redirector = try deployment.redirector("europe")
        let path = "distfiles/added-in-\(kind)-1.0.tar.gz"
        let file = "\(network.master.root)/\(path)"
        let fallback = Redirector.fallback + path
        let mirror = try #require(network.copies.last)

        try Data("first published here".utf8).write(to: URL(fileURLWithPath: file))
        try deployment.publishTree()
        try deployment.run("builder")
        // The map knows the file, and says that no mirror has it.
        #expect(try redirector.location(of: "/\(path)") == fallback)

        // This comes before the first check: a mirror that lacked it then would be asked again a
        // quarter of an hour later.
        try FileManager.default.copyItem(atPath: file, toPath: "\(mirror.tree.root)/\(path)")
        try deployment.checkAndBuild()
        #expect(
            try eventually(within: 20) {
                try redirector.location(of: "/\(path)") == mirror.url + path
            }
        )

        // Yesterday's index names it, and the mirror still has it.
        try FileManager.default.removeItem(atPath: file)
        try deployment.publishTree()
        try deployment.run("builder")
        let published = try Product.function("leader", environment: deployment.environment)
            .run(arguments: ["--list", path])
        #expect(published.output.contains(path), "\(published)")
        #expect(try redirector.location(of: "/\(path)") == mirror.url + path)

        try deployment.run("leader", #"{"forget":["/\#(path)"],"dryRun":false}"#)
        try deployment.run("builder")
        #expect(
            try eventually(within: 20) { try redirector.location(of: "/\(path)") == fallback }
        )
    }

    @Test(arguments: StorageKind.allCases)
    func servesFromTheOldMapWhenTheNewOneIsGarbage(_ kind: StorageKind) throws {
        let deployment = try deployment(on: kind)
        let redirector = try deployment.redirector("europe")
        let path = "/distfiles/layout.conf"
        let before = try #require(try redirector.location(of: path))
        #expect(!before.hasPrefix(Redirector.fallback))

        let map = "maps/europe.map"
        let good = try deployment.blob(map)
        defer { try? deployment.replaceBlob(map, with: good) }
        let lines = try redirector.log.split(separator: "\n").count
        func complaints() throws -> [Substring] {
            try redirector.log.split(separator: "\n").dropFirst(lines)
                .filter { $0.contains("europe.map") }
        }
        try deployment.replaceBlob(map, with: Data("this is no map".utf8))
        // It checks storage only while there are requests.
        func isAsked() throws { _ = try redirector.location(of: path) }
        #expect(
            try eventually(within: 20) {
                try isAsked()
                return try !complaints().isEmpty
            }
        )
        // It checks again every second, and complains once; about a copy twice, because it is
        // fetched once more.
        let limit = kind == .folder ? 1 : 2
        let saysItAgain = try eventually(within: 3.5) {
            try isAsked()
            return try complaints().count > limit
        }
        let said = try complaints().joined(separator: "\n")
        #expect(!saysItAgain, "\(said)")
        #expect(try redirector.location(of: path) == before)
        #expect(redirector.status(of: "/_/ready") == 200)
    }

    /// A bit flips in the copy of a map that several redirectors share.
    @Test func fetchesADamagedCopyAgain() throws {
        let deployment = try deployment(on: .bucket)
        let path = "/distfiles/layout.conf"
        let first = try deployment.redirector("europe")
        let answer = try #require(try first.location(of: path))
        #expect(!answer.hasPrefix(Redirector.fallback))
        let cache = try #require(deployment.environment["CACHE_DIR"])
        let name = try #require(
            try FileManager.default.subpathsOfDirectory(atPath: cache)
                .first { $0.hasSuffix("/maps/europe.map") }
        )
        let whole = try Data(contentsOf: URL(fileURLWithPath: "\(cache)/\(name)"))
        try flipBit(ofFileAt: "\(cache)/\(name)")

        let second = try deployment.redirector("europe")
        #expect(try eventually(within: 60) { try second.location(of: path) == answer })
        #expect(try second.log.contains("map unusable"))
        #expect(try Data(contentsOf: URL(fileURLWithPath: "\(cache)/\(name)")) == whole)
        #expect(try first.location(of: path) == answer)
    }

    @Test func carriesOddNamesIntact() throws {
        let redirector = try deployment.redirector("europe")
        let odd = try network.master.everyPath().filter { entry in
            entry.path.contains { "%+@!~(){},".utf8.contains($0) }
        }
        for character in "%+@!".utf8 where Product.objectCount > 1_000 {
            #expect(odd.contains { $0.path.contains(character) })
        }
        let locations = try redirector.locations(of: odd.map { "/" + $0.encodedPath })
        for (entry, location) in zip(odd, locations) {
            let location = try #require(location)
            #expect(location.hasSuffix("/" + entry.encodedPath), "\(location)")
        }
    }

    @Test(arguments: StorageKind.allCases)
    func answersOneRequestByCGI(_ kind: StorageKind) throws {
        let deployment = try deployment(on: kind)
        let redirector = try deployment.redirector("europe")
        let path = "/distfiles/layout.conf"
        let function = Product.function(
            "redirector",
            environment: deployment.environment.merging([
                "REGION": "europe", "FALLBACK_URL": Redirector.fallback,
                "GATEWAY_INTERFACE": "CGI/1.1", "SERVER_PROTOCOL": "HTTP/1.1",
                "REQUEST_METHOD": "GET", "SCRIPT_NAME": "", "QUERY_STRING": "",
                "REMOTE_ADDR": "127.0.0.1",
            ]) { $1 }
        )

        let known = try function.run(environment: ["PATH_INFO": path], seconds: 60)
        #expect(known.isSuccess)
        let head = known.output.components(separatedBy: "\r\n")
        let location = try #require(try redirector.location(of: path))
        #expect(head.first?.hasPrefix("Status: 302") == true, "\(known)")
        #expect(
            head.contains { $0.lowercased() == "location: \(location)".lowercased() },
            "\(known)"
        )

        let unknown = try function.run(environment: ["PATH_INFO": "/no/such+file"], seconds: 60)
        #expect(unknown.output.contains(Redirector.fallback + "no/such%2Bfile"), "\(unknown)")
    }

    static let malformedRequests: [(function: String, request: String, names: String)] = [
        ("leader", "{", "JSON"),
        ("leader", #"{"tree":7}"#, "tree"),
        ("leader", #"{"trees":"/srv"}"#, "trees"),
        ("leader", "", "TREE"),
        ("checker", "[]", "object"),
        ("checker", #"{"mode":"guess"}"#, "mode"),
        ("checker", #"{"budgetSeconds":"long"}"#, "budgetSeconds"),
        ("checker", #"{"accessPoints":"all"}"#, "accessPoints"),
        ("checker", #"{"accessPoints":["nobody"]}"#, "nobody"),
        ("checker", #"{"mirrors":["nobody"]}"#, "nobody"),
        ("builder", #"{"regions":"europe"}"#, "regions"),
        ("builder", #"{"region":["europe"]}"#, "region"),
    ]

    @Test(arguments: malformedRequests)
    func refusesAMalformedRequest(
        _ row: (function: String, request: String, names: String)
    ) throws {
        let before = try deployment.storageSnapshot()
        let result = try deployment.attempt(row.function, row.request)
        #expect(result.ending == .exited(2), "\(result)")
        #expect(result.logLines.count == 1, "\(result)")
        #expect(result.log.contains(row.names), "\(result)")
        #expect(try deployment.storageSnapshot() == before)
    }
}

/// The result of following the answers for many paths.
private struct FollowReport: CustomStringConvertible {
    var redirectCount = 0
    var fallbackCount = 0
    var mirrors: Set<String> = []
    var problems: [String] = []

    var description: String {
        "\(redirectCount) redirects, \(fallbackCount) fallbacks, \(problems.count) wrong"
            + problems.prefix(10).map { "\n" + $0 }.joined()
    }
}

extension PipelineTests {
    /// Requests every entry, follows every answer, and compares both with the file systems of the
    /// copies that are `up`.
    private func follow(
        _ entries: [ServedEntry],
        _ redirector: Redirector,
        up: [MirrorNetwork.Copy]
    ) throws -> FollowReport {
        var report = FollowReport()
        let locations = try redirector.locations(of: entries.map { "/" + $0.encodedPath })
        var asked: [Int: [(entry: ServedEntry, target: String)]] = [:]
        for (entry, location) in zip(entries, locations) {
            guard let location else {
                report.problems.append("\(entry.encodedPath): no redirect")
                continue
            }
            let holders = network.holders(of: entry, among: up)
            if let copy = up.first(where: { location == $0.url + entry.encodedPath }) {
                report.redirectCount += 1
                report.mirrors.insert(copy.name)
                if !holders.contains(where: { $0.name == copy.name }) {
                    report.problems.append("\(location): that mirror does not have it")
                }
                let url = try #require(URLComponents(string: location))
                asked[try #require(url.port), default: []].append((entry, url.percentEncodedPath))
            } else if location == Redirector.fallback + entry.encodedPath {
                report.fallbackCount += 1
                if let holder = holders.first {
                    report.problems.append("\(location): \(holder.name) has it")
                }
            } else {
                report.problems.append("\(entry.encodedPath): sent to \(location)")
            }
        }
        for (port, questions) in asked {
            let responses = try HTTPConnection(port: port)
                .responses(to: questions.map { HTTPRequest("HEAD", $0.target) })
            for (question, response) in zip(questions, responses) {
                let length = response["content-length"].flatMap(Int.init)
                let isRight = question.entry.isDirectory || length == question.entry.byteCount
                if response.status != 200 || !isRight {
                    report.problems.append(
                        "\(question.target): \(response.status), length \(length ?? -1)"
                    )
                }
            }
        }
        return report
    }
}
