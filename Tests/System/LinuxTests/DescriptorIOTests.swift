import Glibc
import Linux
import TestSupport
import Testing

@Suite struct DescriptorIOTests {
    /// Both ends of a pipe, which are closed at the end.
    private final class Pipe {
        let reading: Int32
        private(set) var writing: Int32

        init() throws {
            var ends: [Int32] = [-1, -1]
            try #require(unsafe pipe(&ends) == 0)
            (reading, writing) = (ends[0], ends[1])
        }

        func closeWriting() {
            if writing >= 0 { close(writing) }
            writing = -1
        }

        deinit {
            closeWriting()
            close(reading)
        }
    }

    @Test func whatIsWrittenInPiecesIsReadWhole() throws {
        let pipe = try Pipe()
        // Far more than a pipe holds: the writer continues whenever the reader has made room.
        let bytes = (0..<500_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let descriptor = pipe.writing
        let thread = try Thread { try? writeAll(bytes, to: descriptor) }
        var read: [UInt8] = []
        while read.count < bytes.count {
            read += try readAll(from: pipe.reading, limit: min(70_001, bytes.count - read.count))
        }
        thread.join()
        #expect(read == bytes)
    }

    @Test func theEndIsNoError() throws {
        let pipe = try Pipe()
        try writeAll([1, 2, 3], to: pipe.writing)
        pipe.closeWriting()
        var chunk = [UInt8](repeating: 0, count: 2)
        #expect(try readSome(from: pipe.reading, into: &chunk) == 2)
        #expect(chunk == [1, 2])
        #expect(try readAll(from: pipe.reading, limit: 100) == [3])
        #expect(try readSome(from: pipe.reading, into: &chunk) == 0)
    }

    @Test func aLimitIsKept() throws {
        let pipe = try Pipe()
        try writeAll([1, 2, 3], to: pipe.writing)
        #expect(try readAll(from: pipe.reading, limit: 2) == [1, 2])
        var chunk = [UInt8](repeating: 0, count: 8)
        #expect(try readSome(from: pipe.reading, into: &chunk, limit: 1) == 1)
    }

    @Test func anErrorSaysWhatAndWhy() throws {
        #expect(throws: Linux.SystemError("write the answer", code: EBADF)) {
            try writeAll([1], to: -1, "write the answer")
        }
        #expect(throws: Linux.SystemError("read", reason: "Bad file descriptor")) {
            try readAll(from: -1, limit: 1)
        }
        #expect(
            "\(Linux.SystemError("listen", code: EACCES))" == "cannot listen: Permission denied"
        )
    }

    @Test func aNamedProgramIsSearchedForAsTheShellDoes() throws {
        let folder = try TemporaryFolder()
        _ = try folder.write("", to: "tool")
        let path = folder.appending("tool")
        #expect(ExecutableSearch.path(of: path) == nil)
        try #require(unsafe chmod(path, 0o755) == 0)
        #expect(ExecutableSearch.path(of: path) == path)
        #expect(ExecutableSearch.path(of: folder.path) == nil)
        #expect(ExecutableSearch.path(of: "sh")?.hasSuffix("/sh") == true)
        #expect(ExecutableSearch.path(of: "no-such-program-\(getpid())") == nil)
    }
}
