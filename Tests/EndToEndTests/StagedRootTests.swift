import Foundation
import TestSupport
import Testing

/// The roots of the container images, as `make stage` makes them: their contents must suffice.
///
/// Each program runs in its root as in a container, with `/proc` and nothing else from outside.
@Suite struct StagedRootTests {
    static let functions = [
        "leader", "checker", "builder", "redirector", "storage", "status",
    ]

    /// Why no root can be entered here, or nil.
    private static let obstacle: String? = {
        let result = try? FunctionBinary("/usr/bin/unshare").run(
            arguments: ["--map-root-user", "--mount", "/bin/true"]
        )
        return result?.isSuccess == true
            ? nil : "the kernel lets this user make no namespaces: \(result?.log ?? "no unshare")"
    }()

    private static func stage(_ functions: [String], in folder: TemporaryFolder) throws -> String {
        let script = FunctionBinary(
            "\(Product.root)/Deployment/images/stage.sh",
            environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "SOURCE_DATE_EPOCH": "1"]
        )
        let stage = folder.appending("stage")
        let result = try script.run(arguments: [Product.binaries, stage] + functions)
        try #require(result.isSuccess, "\(result)")
        print(result.output)
        return stage
    }

    /// The program `name` in its root, entered as in a container.
    private static func program(
        _ name: String,
        in root: String,
        environment: [String: String]
    ) throws -> (binary: FunctionBinary, arguments: [String]) {
        try FileManager.default.createDirectory(
            atPath: "\(root)/proc",
            withIntermediateDirectories: true
        )
        let enter = #"mount --rbind /proc "$0/proc" && exec chroot "$0" "$@""#
        let path = ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"]
        return (
            FunctionBinary("/usr/bin/unshare", environment: path.merging(environment) { $1 }),
            [
                "--map-root-user", "--mount", "/bin/sh", "-c", enter, root,
                "/usr/local/bin/\(name)",
            ]
        )
    }

    @Test(.enabled(if: obstacle == nil, "\(obstacle ?? "")"))
    func everyProgramStartsInItsRoot() throws {
        let folder = try TemporaryFolder("stage")
        let stage = try Self.stage(Self.functions, in: folder)
        for function in Self.functions where function != "storage" {
            let (binary, arguments) = try Self.program(
                function,
                in: "\(stage)/\(function)",
                environment: [:]
            )
            let version = try binary.run(arguments: arguments + ["--version"])
            #expect(version.isSuccess && version.output.hasPrefix("\(function) "), "\(version)")
        }
        for (root, program) in [("leader", "rsync"), ("checker", "rsync"), ("storage", "storage")] {
            let (binary, arguments) = try Self.program(
                program,
                in: "\(stage)/\(root)",
                environment: [:]
            )
            let help = try binary.run(arguments: arguments + ["--help"])
            #expect(help.isSuccess, "\(help)")
        }
    }

    /// The leader reads XML and the redirector reads maps, so libraries that are loaded late are
    /// there, too.
    @Test(.enabled(if: obstacle == nil, "\(obstacle ?? "")"))
    func theyWorkThere() throws {
        let folder = try TemporaryFolder("stage")
        let stage = try Self.stage(["leader", "redirector"], in: folder)
        let list = MirrorListDocument(
            entries: [
                .init(
                    name: "one",
                    region: "Europe",
                    country: "DE",
                    countryName: "Germany",
                    url: "http://one.example.org/"
                )
            ]
        )
        try Data(list.xml.utf8).write(to: URL(fileURLWithPath: "\(stage)/leader/tmp/list.xml"))
        let (leader, arguments) = try Self.program(
            "leader",
            in: "\(stage)/leader",
            environment: ["STORAGE_URL": "file:///tmp/storage"]
        )
        try FileManager.default.createDirectory(
            atPath: "\(stage)/leader/tmp/storage",
            withIntermediateDirectories: true
        )
        let result = try leader.run(
            #"{"mirrors":"file:///tmp/list.xml"}"#,
            arguments: arguments
        )
        #expect(result.isSuccess, "\(result)")
        #expect(
            FileManager.default.fileExists(atPath: "\(stage)/leader/tmp/storage/mirrors.json")
        )

        // One CGI request: the environment is all it needs.
        let (redirector, redirectorArguments) = try Self.program(
            "redirector",
            in: "\(stage)/redirector",
            environment: [
                "GATEWAY_INTERFACE": "CGI/1.1", "REQUEST_METHOD": "GET", "PATH_INFO": "/a",
                "REGION": "europe", "FALLBACK_URL": Redirector.fallback,
            ]
        )
        let answer = try redirector.run(arguments: redirectorArguments)
        #expect(answer.output.contains("Location: \(Redirector.fallback)a\r\n"), "\(answer)")
    }

    @Test func holdNoShellAndNothingThatEverybodyMayWrite() throws {
        let folder = try TemporaryFolder("stage")
        let root = try Self.stage(["redirector"], in: folder) + "/redirector"
        let files = try FileManager.default.subpathsOfDirectory(atPath: root)
        let programs = files.filter { $0.contains("/bin/") }
        #expect(programs.sorted() == ["usr/local/bin/redirector", "usr/local/bin/storage"])
        for file in files where file != "tmp" {
            let attributes = try FileManager.default.attributesOfItem(atPath: "\(root)/\(file)")
            let mode = try #require(attributes[.posixPermissions] as? Int)
            #expect(mode & 0o022 == 0, "\(file)")
            let modified = try #require(attributes[.modificationDate] as? Date)
            #expect(modified.timeIntervalSince1970 == 1, "\(file)")
        }
        #expect(files.contains("etc/ssl/certs/ca-certificates.crt"))
    }

    @Test func areTheSameEachTime() throws {
        let contents = try (0..<2).map { _ in
            let folder = try TemporaryFolder("stage")
            let root = try Self.stage(["redirector"], in: folder) + "/redirector"
            let files = try FileManager.default.subpathsOfDirectory(atPath: root).sorted()
            return files.map { ($0, FileManager.default.contents(atPath: "\(root)/\($0)")) }
        }
        #expect(contents[0].map(\.0) == contents[1].map(\.0))
        #expect(contents[0].map(\.1) == contents[1].map(\.1))
    }
}
