import Catalogs
import CheckPlanning
import Mirrors
import Testing
import Time

@Suite struct NeighbourhoodTests {
    static let time = Timestamp(secondsSinceEpoch: 1_800_000_000)

    private func make(_ paths: [(path: String, kind: ExpectedFile.Kind)]) -> Catalog {
        var catalog = Catalog(generation: 1)
        for (path, kind) in paths {
            catalog.append(
                ExpectedFile(
                    path: TreePath(path),
                    kind: kind,
                    byteCount: kind == .directory ? nil : 8,
                    modified: Self.time,
                    target: kind == .symlink ? TreePath("x") : nil,
                    firstSeen: Self.time,
                    changedIn: 1
                )
            )
        }
        return catalog
    }

    @Test func theFilesOfAFolderAreOneNeighbourhood() {
        let catalog = make([("a", .file), ("d/b", .file), ("d/c", .file), ("e/b", .file)])
        let neighbourhoods = Neighbourhoods(catalog)
        let numbers = catalog.ids.map { neighbourhoods.number(of: $0) }
        #expect(numbers[1] == numbers[2])
        #expect(Set(numbers).count == 3)
        #expect(neighbourhoods.count == 3)
    }

    @Test func manyLinksAreApart() {
        let links = (0..<8).map { ("d/link\($0)", ExpectedFile.Kind.symlink) }
        for count in [7, 8] {
            let catalog = make([("d/file", .file)] + links.prefix(count))
            #expect(Neighbourhoods(catalog).count == (count < 8 ? 1 : 2))
        }
    }

    @Test func alargeFolderIsSplitIntoPiecesOfASimilarSize() {
        let catalog = make((0..<20_000).map { ("d/file-\($0).tar.xz", .file) })
        let neighbourhoods = Neighbourhoods(catalog)
        #expect(neighbourhoods.count == 64)
        #expect(neighbourhoods.pieces(of: 0) == 0..<64)
        let sizes = (0..<64).map { neighbourhoods.size(of: $0) }
        #expect(sizes.allSatisfy { (200...512).contains($0) })
        #expect(sizes.reduce(0, +) == 20_000)
    }

    @Test func eachLiveFileIsInOneNeighbourhood() {
        var catalog = Catalog.tree(folders: 20, filesPerFolder: 30, at: Self.time)
        var removed = catalog[FileID(7)]
        removed.removed = Self.time
        catalog.update(FileID(7), to: removed)
        let neighbourhoods = Neighbourhoods(catalog)
        #expect(neighbourhoods.number(of: FileID(7)) == nil)
        #expect(neighbourhoods.number(of: FileID(UInt32(catalog.count))) == nil)
        var seen: [FileID] = []
        for number in 0..<neighbourhoods.count {
            for file in neighbourhoods[number] {
                #expect(neighbourhoods.number(of: file) == number)
                seen.append(file)
            }
        }
        #expect(seen.sorted() == catalog.ids.filter { $0 != FileID(7) })
    }

    /// The times of questions must not depend on what else is in the tree.
    @Test func keysStayWhenOtherFoldersCome() {
        let before = make([("d/b", .file), ("e/b", .file)])
        let after = make([("a/b", .file), ("d/b", .file), ("d/c", .file), ("e/b", .file)])
        let (old, new) = (Neighbourhoods(before), Neighbourhoods(after))
        #expect(old.keys[0] == new.keys[1])
        #expect(old.keys[1] == new.keys[2])
        #expect(Set(new.keys).count == 3)
    }

    @Test func anEmptyCatalogHasNone() {
        #expect(Neighbourhoods(Catalog()).count == 0)
    }
}
