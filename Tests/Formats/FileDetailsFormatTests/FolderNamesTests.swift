import FileDetailsFormat
import Foundation
import RegionMapFormat
import TestSupport
import Testing

@Suite struct FolderNamesTests {
    /// A root with a file and two folders, one of which is empty.
    private static func golden() throws(PathTableError) -> [UInt8] {
        var writer = FolderNamesWriter(catalogGeneration: 7)
        for (path, isFolder) in [
            ("b", false), ("dir", true), ("dir/z", false), ("dir/a", false), ("empty", true),
        ] {
            writer.add(path: Array(path.utf8)[...], isFolder: isFolder)
        }
        return try writer.finished()
    }

    /// The names in a folder; nil if it does not exist.
    private func names(in folder: String, of bytes: [UInt8]) throws(PathTableError) -> [String]? {
        let view = try unsafe FolderNamesView(bytes.span.bytes)
        try view.verifyChecksum()
        return lookUp(folder, in: view)
    }

    private func lookUp(_ path: String, in view: borrowing FolderNamesView) -> [String]? {
        let key = Array(path.utf8)
        guard let folder = unsafe view.folder(at: key.span.bytes) else { return nil }
        // A damaged count is capped at a plausible number.
        return (0..<min(folder.count, 100_000)).map { index in
            guard let name = view.name(at: index, in: folder) else { return "?" }
            return unsafe name.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
        }
    }

    @Test func foldersComeFirstAndBothKindsInOrder() throws {
        let bytes = try Self.golden()
        #expect(try names(in: "", of: bytes) == ["dir/", "empty/", "b"])
        #expect(try names(in: "dir", of: bytes) == ["a", "z"])
        #expect(try names(in: "empty", of: bytes) == [])
        for unknown in ["b", "dir/", "dir/a", "d"] {
            #expect(try names(in: unknown, of: bytes) == nil)
        }
        let header = try unsafe FolderNamesHeader(bytes.span.bytes)
        #expect(header.catalogGeneration == 7)
        #expect(header.folderCount == 3)
        #expect(header.nameCount == 5)
    }

    /// The bytes that FORMAT.md shows; a writer that changes them needs a new version.
    @Test func theGoldenFileIsThatOfTheSpecification() throws {
        let path = "\(Repository.root)/Shared/Formats/FileDetailsFormat/FORMAT.md"
        let document = try String(contentsOfFile: path, encoding: .utf8)
        #expect(document.contains(Hexdump.text(of: try Self.golden())))
    }

    @Test func aTreeWithoutFilesIsAnEmptyRoot() throws {
        let bytes = try FolderNamesWriter(catalogGeneration: 1).finished()
        #expect(try names(in: "", of: bytes) == [])
    }

    @Test func aPathThatWasAddedTwiceIsRefused() {
        var writer = FolderNamesWriter(catalogGeneration: 1)
        for _ in 0..<2 { writer.add(path: Array("a/b".utf8)[...], isFolder: false) }
        #expect(throws: PathTableError(.folderNames, .duplicatePath)) { try writer.finished() }
    }

    @Test func findsFilesByTheirNames() throws {
        var writer = FolderNamesWriter(catalogGeneration: 1)
        for name in ["index", "index.html", "index.html.gz", "z", "a"] {
            writer.add(path: Array("dir/\(name)".utf8)[...], isFolder: false)
        }
        writer.add(path: Array("dir/index.htm".utf8)[...], isFolder: true)
        writer.add(path: Array("dir".utf8)[...], isFolder: true)
        let bytes = try writer.finished()
        let view = try unsafe FolderNamesView(bytes.span.bytes)
        let key = Array("dir".utf8)
        guard let folder = unsafe view.folder(at: key.span.bytes) else {
            Issue.record("no folder")
            return
        }
        for name in ["index.html", "index", "z", "a"] as [StaticString] {
            let isFound = view.hasFile(name, in: folder)
            #expect(isFound, "\(name)")
        }
        // The first is a folder.
        for name in ["index.htm", "index.xml", "zz", ""] as [StaticString] {
            let isFound = view.hasFile(name, in: folder)
            #expect(!isFound, "\(name)")
        }
    }

    @Test func agreesWithADictionaryOnRandomTrees() throws {
        var generator = SeededGenerator(seed: 42)
        var folders = [""]
        var expected: [String: (folders: Set<String>, files: Set<String>)] = ["": ([], [])]
        var writer = FolderNamesWriter(catalogGeneration: 1)
        for number in 0..<2_000 {
            let parent = folders[Int.random(in: 0..<folders.count, using: &generator)]
            let name = "\(Int.random(in: 0..<1_000, using: &generator))-\(number)"
            let path = parent.isEmpty ? name : "\(parent)/\(name)"
            let isFolder = number % 20 == 0
            writer.add(path: Array(path.utf8)[...], isFolder: isFolder)
            if isFolder {
                folders.append(path)
                expected[path] = ([], [])
                expected[parent]?.folders.insert("\(name)/")
            } else {
                expected[parent]?.files.insert(name)
            }
        }
        let bytes = try writer.finished()
        let view = try unsafe FolderNamesView(bytes.span.bytes)
        for (path, names) in expected {
            #expect(lookUp(path, in: view) == names.folders.sorted() + names.files.sorted())
        }
    }

    // MARK: Damage

    @Test func everyProperPrefixIsRefused() throws {
        let bytes = try Self.golden()
        for count in 0..<bytes.count {
            let prefix = Array(bytes[..<count])
            #expect(throws: PathTableError.self) { try names(in: "", of: prefix) }
        }
        #expect(throws: PathTableError.self) { try names(in: "", of: bytes + [0]) }
    }

    @Test func everyFlippedBitIsFound() throws {
        let bytes = try Self.golden()
        for bit in 0..<bytes.count * 8 {
            var damaged = bytes
            damaged[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(throws: PathTableError.self) { try names(in: "dir", of: damaged) }
        }
    }

    /// A reader that opens names without verifying the checksum gets wrong ones at worst.
    @Test func damageThatNobodyLookedForNeverTraps() throws {
        let bytes = try Self.golden()
        for bit in 64 * 8..<bytes.count * 8 {
            var damaged = bytes
            damaged[bit / 8] ^= 1 << UInt8(bit % 8)
            let view = try unsafe FolderNamesView(damaged.span.bytes)
            for path in ["", "dir", "empty", "c"] {
                _ = lookUp(path, in: view)
                let key = Array(path.utf8)
                if let folder = unsafe view.folder(at: key.span.bytes) {
                    _ = view.hasFile("index.html", in: folder)
                }
            }
        }
    }

    @Test func eachDefectHasItsError() throws {
        try expectNamedDefects(of: Self.golden()) { changed in
            do throws(PathTableError) {
                _ = try names(in: "", of: changed)
                return nil
            } catch {
                return error.fault
            }
        }
    }
}
