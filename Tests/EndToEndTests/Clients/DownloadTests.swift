import Foundation
import TestSupport
import Testing

/// Programs that download one file.
extension ClientTests {
    /// aria2 names Metalinks in every request; its user wants the file.
    @Test(arguments: [
        ["--out=X"], [], ["--follow-metalink=false"], ["--follow-metalink=mem"],
        ["--follow-metalink=false", "--out=X"], ["--follow-metalink=mem", "--out=X"],
        ["--split=16", "--max-connection-per-server=16", "--min-split-size=1M"],
    ])
    func aria2GetsTheFileAndNoMetalink(options: [String]) throws {
        let redirector = try network.redirector()
        let folder = try TemporaryFolder("client")
        let file = options.contains("--split=16") ? "distfiles/large-1.0.tar.xz" : Self.file
        let name = options.contains("--out=X") ? "X" : String(file.split(separator: "/")[1])
        // In the folder that is named, and in the working directory.
        for (place, arguments) in [("named", ["--dir=named"]), ("", [])] {
            try folder.makeFolder("named")
            try ClientTool.run(
                "aria2c",
                ["--no-conf=true"] + arguments + options + ["\(redirector.url)/\(file)"],
                in: folder.path
            )
            #expect(try isWhole(folder.appending("\(place)/\(name)"), file))
        }
        let files = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
        #expect(Set(files) == [name, "named", "named/\(name)"])
    }

    /// It follows `Link` instead of `Location`, so a file with a single holder needs it there.
    @Test(arguments: ["distfiles/single-1.0.tar.xz", file], [[], ["--output-document=X"]])
    func wget2GetsTheFileFromTheChosenMirror(file: String, options: [String]) throws {
        let redirector = try network.redirector()
        let folder = try TemporaryFolder("client")
        try ClientTool.run(
            "wget2",
            ["--quiet"] + options + ["\(redirector.url)/\(file)"],
            in: folder.path,
            seconds: 20
        )
        let name = options.isEmpty ? String(file.split(separator: "/")[1]) : "X"
        #expect(try isWhole(folder.appending(name), file))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [name])
        #expect(try redirector.mirrors(for: file, count: 1) == [0])
    }

    @Test(arguments: ["aria2", "curl", "wget", "wget2"])
    func aDocumentedCommandGetsTheFile(name: String) throws {
        let redirector = try network.redirector()
        let folder = try TemporaryFolder("client")
        try run(name, redirector, in: folder)
        #expect(try isWhole(folder.appending("example-1.0.tar.xz"), Self.file))
    }

    @Test func aMetalinkIsDownloadedAndVerified() throws {
        let redirector = try network.redirector()
        let folder = try TemporaryFolder("client")
        try run("aria2-metalink", redirector, in: folder)
        #expect(try isWhole(folder.appending("example-1.0.tar.xz"), Self.file))
        // The nearest copy is damaged, with the right length.
        let damaged = try #require(throws: EndToEndError.self) {
            try run("aria2-metalink", redirector, ["example-1.0": "damaged-1.0"], in: folder)
        }
        guard case .failed(_, let result) = damaged else {
            Issue.record("\(damaged)")
            return
        }
        // "Checksum validation failed."
        #expect(result.ending == .exited(32), "\(result)")
    }

    /// The nearest mirror answers its GETs with 503.
    @Test(arguments: ["curl", "aria2"])
    func whatAsksAgainByItselfGetsAnotherMirror(name: String) throws {
        let redirector = try network.redirector()
        let folder = try TemporaryFolder("client")
        try run(name, redirector, ["distfiles/": "flaky/"], in: folder)
        let file = "flaky/example-1.0.tar.xz"
        #expect(try isWhole(folder.appending("example-1.0.tar.xz"), file))
        let mirrors = try redirector.mirrors(for: file, count: 2)
        #expect(mirrors == [0, 1])
    }

    /// `--tries` asks the same mirror again, so the command has to be run again.
    @Test func wgetIsCalledAgain() throws {
        let redirector = try network.redirector()
        let folder = try TemporaryFolder("client")
        let file = "flaky/example-1.0.tar.xz"
        let patient = try ClientTool.attempt(
            "wget",
            [
                "--tries=2", "--retry-on-http-error=503", "--waitretry=0",
                "\(redirector.url)/\(file)",
            ],
            in: folder.path
        )
        #expect(!patient.isSuccess)
        #expect(try redirector.mirrors(for: file, count: 1) == [0])

        let other = try network.redirector()
        try run("wget-again", other, ["distfiles/": "flaky/"], in: folder)
        #expect(try isWhole(folder.appending("example-1.0.tar.xz"), file))
        #expect(try other.mirrors(for: file, count: 2) == [0, 1])
    }

    /// axel and lftp ask once, and get all parts from there.
    @Test(arguments: ["axel", "lftp"])
    func manyConnectionsGetAllPartsFromOneMirror(name: String) throws {
        let redirector = try network.redirector()
        let folder = try TemporaryFolder("client")
        try run(name, redirector, in: folder)
        let file = "distfiles/large-1.0.tar.xz"
        #expect(try isWhole(folder.appending("large-1.0.tar.xz"), file))
        #expect(try Set(redirector.mirrors(for: file, count: 1)) == [0])
    }

    /// Each part is requested from the redirector.
    @Test func thirtyTwoConnectionsGetAllPartsFromTheMirrorThatWasGiven() throws {
        let redirector = try network.redirector()
        let file = "distfiles/large-1.0.tar.xz"
        for mirror in 0..<3 {
            #expect(redirector.status(of: "/\(file)") == 302)
            let statuses = inThreads(Array(0..<32)) { part in
                try? HTTPConnection(port: redirector.port).response(
                    to: HTTPRequest("GET", "/\(file)", headers: ["Range": "bytes=\(part)-\(part)"])
                ).status
            }
            #expect(statuses == Array(repeating: 302, count: 32))
            let mirrors = try redirector.mirrors(for: file, count: 33 * (mirror + 1))
            #expect(Set(mirrors.suffix(33)) == [mirror])
        }
    }

    /// A client that was redirected to a mirror continues there.
    @Test func aDownloadIsResumedWhereItBegan() throws {
        let redirector = try network.redirector()
        let folder = try TemporaryFolder("client")
        let whole = try network.content(of: Self.file)
        let path = folder.appending("example-1.0.tar.xz")
        for mirror in 0..<3 {
            _ = redirector.status(of: "/\(Self.file)")
            try whole.prefix(whole.count / 2).write(to: URL(fileURLWithPath: path))
            try run("wget", redirector, in: folder)
            #expect(FileManager.default.contents(atPath: path) == whole)
            let last = try redirector.mirrors(for: Self.file, count: 2 * mirror + 2).suffix(2)
            #expect(last == [mirror, mirror])
        }
    }

    /// A hundred machines behind one address.
    @Test func aCrowdIsSentToTheFirstChoice() throws {
        let redirector = try network.redirector()
        for _ in 0..<100 { #expect(redirector.status(of: "/\(Self.file)") == 302) }
        let mirrors = try redirector.mirrors(for: Self.file, count: 100)
        #expect(mirrors == [0, 1, 2, 0] + Array(repeating: 0, count: 96))
    }

    /// A web server shows a folder's index, and the nearest mirror has an old one.
    @Test func aFolderIsGotWhereItsIndexIsRight() throws {
        let redirector = try network.redirector()
        let folder = try TemporaryFolder("client")
        for path in [ClientNetwork.staleFolder + "/", ClientNetwork.staleFolder + "/index.html"] {
            let url = "\(redirector.url)/\(path)"
            let page = try ClientTool.run(
                "curl",
                ["--silent", "--show-error", "--fail", "--location", url],
                in: folder.path
            )
            #expect(page.output.contains("new-1.0"), "\(page)")
            #expect(try redirector.mirrors(for: path, count: 1) == [1])
        }
        // A folder without an index is held wherever its files are.
        #expect(redirector.status(of: "/distfiles/") == 302)
        #expect(try redirector.mirrors(for: "distfiles/", count: 1) == [0])
    }

    @Test func aBrowserShowsPagesAndFolders() throws {
        let redirector = try network.redirector()
        let folder = try TemporaryFolder("client")
        for (target, text) in [
            ("", "What else you can ask for"), ("\(Self.file)?mirrorlist", "3 mirrors have it"),
            ("simple/hello/", "hello-1.0-py3-none-any.whl"), ("distfiles/", "large-1.0.tar.xz"),
        ] {
            let page = try ClientTool.run(
                "chromium",
                [
                    "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                    "--user-data-dir=\(folder.path)", "--dump-dom", "\(redirector.url)/\(target)",
                ],
                environment: ["HOME": folder.path]
            )
            #expect(page.output.contains(text), "\(target): \(page)")
        }
    }
}
