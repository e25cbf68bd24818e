import Foundation
import TestSupport
import Testing

/// Common download programs, with the redirector and real web servers behind it.
extension PipelineTests {
    /// A file of some size that the farthest mirror and at least two others hold.
    private func widelyHeldFile() throws -> ServedEntry {
        let files = try network.master.everyPath().filter { entry in
            !entry.isDirectory && (entry.byteCount) > 64
                && entry.path.starts(with: "distfiles/".utf8)
        }
        return try #require(
            files.first { entry in
                network.holders(of: entry, among: network.copies.prefix(1)).count == 1
                    && network.holders(of: entry, among: network.copies.dropFirst()).count >= 2
            }
        )
    }

    private func content(of entry: ServedEntry) throws -> Data {
        let path = String(decoding: entry.path, as: UTF8.self)
        return try Data(contentsOf: URL(fileURLWithPath: "\(network.master.root)/\(path)"))
    }

    /// Runs a program of the system; throws unless it succeeds.
    @discardableResult
    private func run(_ program: String, _ arguments: String...) throws -> FunctionResult {
        let folders = ["/usr/bin", "/usr/local/bin", "/bin"]
        let path = try #require(
            folders.map { "\($0)/\(program)" }
                .first { FileManager.default.isExecutableFile(atPath: $0) },
            "\(program) is not installed: make setup-tests"
        )
        let result = try FunctionBinary(path, environment: ["PATH": "/usr/bin:/bin"])
            .run(arguments: arguments, seconds: 60)
        guard result.isSuccess else { throw EndToEndError.failed(program, result) }
        return result
    }

    @Test(arguments: [
        ["curl", "--silent", "--show-error", "--location", "--fail", "--output"],
        ["wget", "--quiet", "--tries=1", "--output-document"],
    ])
    func aClientThatFollowsRedirectsGetsTheFile(command: [String]) throws {
        let redirector = try Redirector(storageURL: deployment.storageURL, region: "europe")
        let folder = try TemporaryFolder("client")
        let entry = try widelyHeldFile()
        let file = folder.appending("file")
        let url = "http://127.0.0.1:\(redirector.port)/\(entry.encodedPath)"
        let arguments = command.dropFirst() + [file, url]
        let program = FunctionBinary("/usr/bin/\(command[0])", environment: ["PATH": "/usr/bin"])
        let result = try program.run(arguments: Array(arguments), seconds: 60)
        #expect(result.isSuccess, "\(result)")
        #expect(try Data(contentsOf: URL(fileURLWithPath: file)) == content(of: entry))
    }

    /// The second half comes from a mirror, too: a request's range survives the redirect.
    @Test func wgetResumesADownload() throws {
        let redirector = try Redirector(storageURL: deployment.storageURL, region: "europe")
        let folder = try TemporaryFolder("client")
        let entry = try widelyHeldFile()
        let whole = try content(of: entry)
        let file = folder.appending("file")
        try whole.prefix(whole.count / 2).write(to: URL(fileURLWithPath: file))
        let url = "http://127.0.0.1:\(redirector.port)/\(entry.encodedPath)"
        let result = try run(
            "wget",
            "--continue",
            "--server-response",
            "--tries=1",
            "--output-document",
            file,
            url
        )
        #expect(result.log.contains("206 Partial Content"), "\(result)")
        #expect(try Data(contentsOf: URL(fileURLWithPath: file)) == whole)
    }

    /// The first mirror of the Metalink is dead, and nothing knows about it yet.
    @Test func aria2DownloadsByMetalinkThoughAMirrorIsDead() throws {
        let redirector = try Redirector(
            storageURL: deployment.storageURL,
            region: "australia-and-oceania"
        )
        let folder = try TemporaryFolder("client")
        let entry = try widelyHeldFile()
        let url = "http://127.0.0.1:\(redirector.port)/\(entry.encodedPath).meta4"
        network.firstServer.stop()
        defer { try? network.firstServer.start() }

        let metalink = folder.appending("file.meta4")
        try run("curl", "--silent", "--show-error", "--fail", "--output", metalink, url)
        let text = try String(contentsOfFile: metalink, encoding: .utf8)
        let best = try #require(text.components(separatedBy: "priority=\"1\">").dropFirst().first)
        #expect(best.hasPrefix(network.copies[0].url), "\(text)")
        #expect(text.contains("<size>\(entry.byteCount)</size>"), "\(text)")

        let result = try run(
            "aria2c",
            "--no-conf=true",
            "--dir=\(folder.path)",
            "--connect-timeout=5",
            "--max-tries=2",
            "--retry-wait=0",
            "--metalink-file=\(metalink)"
        )
        let name = String(
            decoding: entry.path.split(separator: UInt8(ascii: "/")).last ?? [],
            as: UTF8.self
        )
        #expect(
            try Data(contentsOf: URL(fileURLWithPath: folder.appending(name)))
                == content(of: entry),
            "\(result)"
        )
    }

    /// Its own Accept header names Metalinks beside `*/*`, although its user wants the file; a user
    /// who wants the Metalink requests it by name.
    @Test func aria2GetsTheFileUnlessItsUserNamesTheMetalink() throws {
        let redirector = try Redirector(storageURL: deployment.storageURL, region: "europe")
        let entry = try widelyHeldFile()
        let name = String(
            decoding: entry.path.split(separator: UInt8(ascii: "/")).last ?? [],
            as: UTF8.self
        )
        for suffix in ["", ".meta4"] {
            let folder = try TemporaryFolder("client")
            let result = try run(
                "aria2c",
                "--no-conf=true",
                "--dir=\(folder.path)",
                "--follow-metalink=mem",
                "--connect-timeout=5",
                "http://127.0.0.1:\(redirector.port)/\(entry.encodedPath)\(suffix)"
            )
            let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            #expect(files == [name], "\(result)")
            let bytes = FileManager.default.contents(atPath: folder.appending(name))
            #expect(try bytes == content(of: entry), "\(result)")
        }
    }
}
