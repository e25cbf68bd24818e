import Foundation
import Glibc
import TestSupport
import Testing

/// The leader's program with a master, its results and its messages.
@Suite struct LeaderTests {
    let folder: TemporaryFolder
    let tree: String
    let environment: [String: String]

    init() throws {
        folder = try TemporaryFolder("leader")
        tree = folder.appending("tree")
        try SampleTree(distfiles: 50).write(to: tree)
        environment = [
            "STORAGE_URL": "file://" + (try folder.makeFolder("storage")), "TREE": tree,
        ]
    }

    var leader: FunctionBinary { Product.function("leader", environment: environment) }

    func history(of path: String) throws -> FunctionResult {
        try leader.run(arguments: ["--history", path])
    }

    func log(_ streams: FunctionStreams) -> String { (try? streams.log) ?? "" }

    /// It uses databases written by another program and the system's resolver.
    @Test(
        .needs("mmdb-writer", if: OtherMaxMindWriter.isThere)
    )
    func placesMirrorsByTheAddressesOfTheirHosts() throws {
        try OtherMaxMindWriter.run(Self.databases, folder.path)
        try folder.write(
            """
            {"mirrors": [
              {"name": "Here", "country": "DE", "urls": ["http://localhost:1/", \
              "http://127.0.0.9:1/"]},
              {"name": "Elsewhere", "country": "US", "urls": ["http://127.0.0.2:1/"]},
              {"name": "Nowhere", "country": "DE", "urls": ["http://host.invalid/"]}]}
            """,
            to: "mirrors.list"
        )
        let databases = [
            "LOCATION_DB": folder.appending("city.mmdb"), "ASN_DB": folder.appending("asn.mmdb"),
        ]
        let request = #"{"mirrors": "file://\#(folder.appending("mirrors.list"))"}"#
        func mirrors(_ more: [String: String]) throws -> (result: FunctionResult, text: String) {
            let result = try leader.run(request, environment: more)
            #expect(result.isSuccess, "\(result)")
            return (
                result,
                try String(contentsOfFile: "\(folder.path)/storage/mirrors.json", encoding: .utf8)
            )
        }
        let placed = try mirrors(databases)
        #expect(
            placed.result.output.contains(#""places":{"hosts":4,"lookedUp":4,"failed":1,"late":0}"#)
        )
        #expect(placed.text.contains("50.1"))
        #expect(placed.text.contains("64500"))
        #expect(placed.text.contains(#""anycast": true"#))
        // Hosts are looked up once a day.
        let again = try mirrors(databases)
        #expect(again.result.output.contains(#""lookedUp":0"#))
        #expect(again.text == placed.text)
        // A database that is gone costs neither the list nor anything already known.
        let broken = try mirrors(["LOCATION_DB": "/nowhere/city.mmdb"])
        #expect(broken.result.output.contains("/nowhere/city.mmdb"))
        #expect(broken.text == placed.text)
        let plain = try mirrors([:])
        #expect(!plain.text.contains(#""place""#))
    }

    private static let databases = """
        import sys
        from netaddr import IPSet
        from mmdb_writer import MMDBWriter
        city, asn = MMDBWriter(6, 'Test-City', ipv4_compatible=True), MMDBWriter(6, 'Test-ASN', \
        ipv4_compatible=True)
        city.insert_network(IPSet(['127.0.0.0/8', '::1/128']), {
            'country': {'iso_code': 'DE'}, 'location': {'latitude': 50.1, 'longitude': 8.7}})
        asn.insert_network(IPSet(['127.0.0.0/8']), {'autonomous_system_number': 64500})
        city.to_db_file(f'{sys.argv[1]}/city.mmdb')
        asn.to_db_file(f'{sys.argv[1]}/asn.mmdb')
        """

    @Test
    func publishesWhatItSeesChangeAndWakesTheChecker() throws {
        let gateway = try FaultProxy(to: freePort())
        defer { gateway.stop() }
        try gateway.inject(.slowDown)
        let streams = try FunctionStreams()
        let watching = try leader.start(
            arguments: ["--watch"],
            environment: ["GATEWAY_URL": "http://127.0.0.1:\(gateway.port)/"],
            streams: streams
        )
        defer { watching.stop() }
        func isPublished(_ path: String) throws -> Bool {
            try eventually(within: 60, every: 0.1) { try history(of: path).isSuccess }
        }
        #expect(try isPublished("distfiles/layout.conf"), "\(log(streams))")
        #expect(eventually(within: 60) { gateway.requestCount == 1 })
        #expect(gateway.latestHead.hasPrefix("POST /async-function/checker HTTP/1.1\r\n"))

        try FileManager.default.createDirectory(
            atPath: "\(tree)/distfiles/zz",
            withIntermediateDirectories: true
        )
        // It leads nowhere yet, and no event will be seen on it when it does.
        try FileManager.default.createSymbolicLink(
            atPath: "\(tree)/distfiles/new.tar.xz",
            withDestinationPath: "zz/new.tar.xz"
        )
        try folder.write("half", to: "tree/distfiles/zz/.new.tar.xz.Ab3dE9")
        try folder.write("other", to: "tree/distfiles/zz/other.tar.xz")
        #expect(try isPublished("distfiles/zz/other.tar.xz"), "\(log(streams))")
        #expect(try !history(of: "distfiles/zz/.new.tar.xz.Ab3dE9").isSuccess)
        unsafe _ = rename(
            "\(tree)/distfiles/zz/.new.tar.xz.Ab3dE9",
            "\(tree)/distfiles/zz/new.tar.xz"
        )
        #expect(try isPublished("distfiles/zz/new.tar.xz"), "\(log(streams))")
        #expect(try isPublished("distfiles/new.tar.xz"), "\(log(streams))")
        #expect(eventually(within: 60) { gateway.requestCount >= 3 })
        #expect(watching.isRunning)
    }

    @Test func wakesTheCheckerByTheNameItHas() throws {
        let gateway = try FaultProxy(to: freePort())
        defer { gateway.stop() }
        try gateway.inject(.slowDown)
        func publish(_ name: String) throws -> FunctionResult {
            let url = "http://127.0.0.1:\(gateway.port)"
            return try leader.run(
                environment: ["GATEWAY_URL": url, "CHECKER_FUNCTION": name]
            )
        }
        let wrong = try publish("checker/../builder")
        #expect(wrong.ending == .exited(2), "\(wrong)")
        #expect(wrong.log.contains("CHECKER_FUNCTION"), "\(wrong)")
        let result = try publish("checker-europe.staging")
        #expect(result.isSuccess, "\(result)")
        #expect(eventually(within: 60) { gateway.requestCount == 1 })
        let line = "POST /async-function/checker-europe.staging HTTP/1.1\r\n"
        #expect(gateway.latestHead.hasPrefix(line), "\(gateway.latestHead)")
    }

    @Test func readsAListingFromStandardInputAndTellsOfAPath() throws {
        let listing = "releases/a.iso\t5\t1700000000\nreleases/b.iso\t6\t-\n"
        let first = try leader.run(listing, arguments: ["--request", #"{"listing":"-"}"#])
        #expect(first.isSuccess, "\(first)")
        #expect(first.output.contains(#""added":3"#), "\(first)")
        let changed = listing.replacing("\t5\t", with: "\t7\t")
        #expect(try leader.run(changed, arguments: ["--request", #"{"listing":"-"}"#]).isSuccess)
        let story = try history(of: "/releases/a.iso")
        for text in ["before: 5 bytes", "2 generations", "replaced: file, 7 bytes"] {
            #expect(story.output.contains(text), "\(story)")
        }
        let cut = try leader.run(
            "releases/a.iso\t5",
            arguments: ["--request", #"{"listing":"-"}"#]
        )
        #expect(cut.log.contains("listing on standard input, line 1"), "\(cut)")
        #expect(!cut.isSuccess)
    }

    @Test func publishesOnePathAndItsDigests() throws {
        #expect(try leader.run().isSuccess)
        try folder.write("abc", to: "tree/distfiles/abc.tar.xz")
        let request =
            #"{"tree":"\#(tree)","paths":["distfiles/abc.tar.xz"],"digests":["sha256"]}"#
        let result = try leader.run(request)
        #expect(result.isSuccess, "\(result)")
        #expect(result.output.contains(#""added":1"#), "\(result)")
        #expect(result.output.contains(#""digestsRemaining":0"#), "\(result)")
        let story = try history(of: "distfiles/abc.tar.xz")
        let sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        #expect(story.output.contains("sha256 \(sha256)"), "\(story)")
    }

    static let wrongRequests: [(request: String, named: String)] = [
        (#"{"rsync":"http://a/"}"#, "rsync://"),
        (#"{"listing":"/none","paths":["a"]}"#, "\"tree\""),
        (#"{"manifests":["relative"]}"#, "manifests"), (#"{"digests":["md5"]}"#, "sha256"),
        (#"{"mirrors":"gopher://a/"}"#, "mirrors"), (#"{"tree":"/none"}"#, "tree"),
    ]

    @Test(arguments: wrongRequests)
    func namesWhatIsWrongWithARequest(request: String, named: String) throws {
        let result = try leader.run(request)
        #expect(result.ending == .exited(2), "\(result)")
        #expect(result.log.contains(named), "\(result)")
    }

    @Test func exportsTheMirrors() throws {
        let list = MirrorListDocument(entries: [
            .init(url: "http://127.0.0.1:1/m00/", country: 0)
        ])
        try folder.write(list.xml, to: "distfiles.xml")
        let request = #"{"mirrors":"file://\#(folder.appending("distfiles.xml"))"}"#
        #expect(try leader.run(request).isSuccess)
        let yaml = try leader.run(arguments: ["--export", "yaml"])
        #expect(yaml.output.contains("mirrors:\n  - id: \"127.0.0.1\"\n"), "\(yaml)")
        try folder.write(yaml.output, to: "mirrors.yaml")
        let again = try leader.run(
            #"{"mirrors":"file://\#(folder.appending("mirrors.yaml"))"}"#
        )
        #expect(again.output.contains(#""mirrorsPublished":false"#), "\(again)")
        let plain = try leader.run(arguments: ["--export", "mirmon"])
        #expect(plain.output == "de http://127.0.0.1:1/m00/\n", "\(plain)")
    }
}
