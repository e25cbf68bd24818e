import Foundation
import FunctionRuntime
import Glibc
import Linux
import Mirrors
import ObjectStorage
import Redirection
import RedirectionServer
import Synchronization
import TestSupport
import Testing

@Suite struct CGIProgramTests {
    private func answer(_ environment: [String: String], withMap: Bool = true) throws -> String {
        let fixture = try ServerFixture(withMap: withMap)
        var settings = RedirectorSettings(
            region: "europe",
            answers: AnswerSettings(fallbackURL: Array("https://fallback.example/".utf8))
        )
        settings.storageURL = "file://\(fixture.store.folder)"
        let bytes = try CGIProgram.answer(settings, now: .now) { name in
            environment[name].map { Array($0.utf8) }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test func answersOneRequest() throws {
        let text = try answer(["REQUEST_METHOD": "GET", "PATH_INFO": "/file"])
        let lines = text.split(separator: "\r\n")
        #expect(lines.first == "Status: 302 Found")
        #expect(lines.contains("Location: http://first.example/file"))
        #expect(!text.contains("Connection:"), "hop-by-hop is the web server's business")
        #expect(!text.contains("Date:"))
    }

    @Test func fallsBackWithoutAMap() throws {
        let text = try answer(["REQUEST_METHOD": "GET", "PATH_INFO": "/a%2Fb"], withMap: false)
        #expect(text.contains("\r\nLocation: https://fallback.example/a%252Fb\r\n"))
    }

    /// If a map is being overwritten at this moment, the answer is the mirror or the fallback, and
    /// the process survives.
    @Test func aMapThatShrinksMeanwhileIsSurvived() throws {
        let fixture = try ServerFixture()
        let path = fixture.store.path(of: try BlobKey("maps/europe.map"))
        let map = try ServerFixture.map(mirror: "first")
        var settings = RedirectorSettings(
            region: "europe",
            answers: AnswerSettings(fallbackURL: Array("https://fallback.example/".utf8))
        )
        settings.storageURL = "file://\(fixture.store.folder)"
        let isDone = Atomic(false)
        try withExtendedLifetime(fixture) {
            let writer = Foundation.Thread {
                while !isDone.load(ordering: .relaxed) {
                    let descriptor = unsafe open(path, O_WRONLY | O_TRUNC)
                    unsafe map.withUnsafeBytes {
                        _ = unsafe write(descriptor, $0.baseAddress, $0.count)
                    }
                    close(descriptor)
                }
            }
            writer.start()
            defer {
                isDone.store(true, ordering: .relaxed)
                #expect(eventually(within: 30) { writer.isFinished })
            }
            for _ in 0..<300 {
                let bytes = try CGIProgram.answer(settings, now: .now) { name in
                    ["REQUEST_METHOD": "GET", "PATH_INFO": "/file"][name].map { Array($0.utf8) }
                }
                let text = String(decoding: bytes, as: UTF8.self)
                #expect(
                    text.contains("\r\nLocation: http://first.example/file\r\n")
                        || text.contains("\r\nLocation: https://fallback.example/file\r\n")
                )
            }
        }
    }

    @Test func refusesWhatTheServerRefuses() throws {
        let text = try answer(["REQUEST_METHOD": "GET", "PATH_INFO": "/../etc/passwd"])
        #expect(text.hasPrefix("Status: 400 Bad Request\r\n"))
        let post = try answer(["REQUEST_METHOD": "POST", "PATH_INFO": "/file"])
        #expect(post.hasPrefix("Status: 405 Method Not Allowed\r\nAllow: GET, HEAD\r\n"))
    }
}
