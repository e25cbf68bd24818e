import Catalogs
import Mirrors
import Testing

@Suite struct CatalogIndexTests {
    @Test func findsEveryPathAndNoOther() {
        var catalog = Catalog()
        for number in 0..<5000 { catalog.append(.make("distfiles/\(number)")) }
        let index = CatalogIndex(catalog)
        for id in catalog.ids {
            #expect(index.id(of: catalog.pathBytes(of: id), in: catalog) == id)
        }
        for number in 5000..<10_000 {
            #expect(index.id(of: TreePath("distfiles/\(number)").bytes[...], in: catalog) == nil)
        }
        #expect(index.id(of: [], in: catalog) == nil)
    }

    @Test func growsWithTheCatalog() {
        var catalog = Catalog()
        var index = CatalogIndex(catalog)
        for number in 0..<5000 {
            index.insert(catalog.append(.make("\(number)")), of: catalog)
        }
        for id in catalog.ids {
            #expect(index.id(of: catalog.pathBytes(of: id), in: catalog) == id)
        }
    }
}

@Suite struct CatalogColumnsTests {
    @Test func givesBackWhatWasAppendedAndUpdated() {
        var catalog = Catalog.makeVaried()
        let id = FileID(5)
        let digests = Digests.make(3, .sha512, .blake2b)
        let link = ExpectedFile.make(
            "distfiles/b",
            kind: .symlink,
            target: "aa/b",
            digests: digests
        )
        #expect(catalog[id] == link)
        let replacements: [ExpectedFile] = [
            .make("distfiles/b", kind: .symlink, byteCount: 8, target: "aa/a", changedIn: 2),
            .make("distfiles/b", kind: .directory, byteCount: nil, firstSeen: 5, removed: 6),
        ]
        for replacement in replacements {
            catalog.update(id, to: replacement)
            #expect(catalog[id] == replacement)
            #expect(catalog.isLive(id) == (replacement.removed == nil))
            #expect(catalog.leadsToDirectory(id) == (replacement.byteCount == nil))
        }
        #expect(catalog.count == 9)
    }
}
