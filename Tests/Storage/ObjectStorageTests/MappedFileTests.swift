import Bytes
import Foundation
import Glibc
import ObjectStorage
import TestSupport
import Testing

/// Files that change while they are being read.
@Suite(.serialized) struct MappedFileTests {
    private let folder: TemporaryFolder
    private let path: String
    private static let pages = 8
    private static let size = pages * 4096

    init() throws {
        folder = try TemporaryFolder("mapped")
        path = folder.appending("file")
        try write(7)
    }

    private func write(_ byte: UInt8) throws {
        // Writes into the existing file, as `cp` does.
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        try #require(descriptor >= 0)
        let bytes = [UInt8](repeating: byte, count: Self.size)
        #expect(unsafe Glibc.write(descriptor, bytes, bytes.count) == bytes.count)
        close(descriptor)
    }

    private func sum(_ bytes: StableBytes) -> Int {
        let span = bytes.bytes
        var sum = 0
        for offset in 0..<span.byteCount {
            sum += Int(unsafe span.unsafeLoad(fromByteOffset: offset, as: UInt8.self))
        }
        return sum
    }

    @Test func aMappingShowsTheFile() throws {
        let file = try #require(try MappedFile.open(path))
        #expect(sum(file.bytes) == 7 * Self.size)
        #expect(!file.bytes.isTorn)
        #expect(try MappedFile.open(folder.appending("none")) == nil)
    }

    /// Without the guard the process ends here.
    @Test func aFileThatShrinksIsReadAsZeros() throws {
        let file = try #require(try MappedFile.open(path))
        let other = try #require(try MappedFile.open(path))
        #expect(unsafe truncate(path, 4096) == 0)
        #expect(!file.bytes.isTorn, "nothing that is gone was read")
        #expect(sum(file.bytes) == 7 * 4096)
        #expect(file.bytes.isTorn)
        #expect(!other.bytes.isTorn, "each mapping knows of itself")
        #expect(unsafe truncate(path, 0) == 0)
        #expect(sum(other.bytes) == 0)
    }

    /// Mappings come and go; the place of a former one is used by another.
    @Test func aNewMappingBeginsWhole() throws {
        for _ in 0..<200 {
            let torn = try #require(try MappedFile.open(path))
            #expect(unsafe truncate(path, 0) == 0)
            #expect(sum(torn.bytes) == 0)
            try write(5)
            let whole = try #require(try MappedFile.open(path))
            #expect(sum(whole.bytes) == 5 * Self.size)
            #expect(torn.bytes.isTorn && !whole.bytes.isTorn)
        }
    }

    @Test func whatCannotBeWatchedIsCopied() throws {
        let files = try (0..<100).map { _ in try #require(try MappedFile.open(path)) }
        #expect(unsafe truncate(path, 0) == 0)
        let sums = files.map { sum($0.bytes) }
        // Other tests map files, too, so the number of copies is unknown.
        #expect(sums.contains(0) && sums.contains(7 * Self.size))
        for (file, sum) in zip(files, sums) { #expect(file.bytes.isTorn == (sum == 0)) }
    }

    @Test func aCopyShowsNoChange() throws {
        let copy = try #require(try FileCopy.read(path))
        try write(9)
        #expect(sum(copy.bytes) == 7 * Self.size)
        #expect(unsafe truncate(path, 0) == 0)
        #expect(sum(copy.bytes) == 7 * Self.size)
        #expect(try FileCopy.read(path)?.bytes.byteCount == 0)
    }
}
