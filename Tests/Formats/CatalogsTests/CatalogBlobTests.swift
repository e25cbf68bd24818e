import BlobFormat
import Catalogs
import Mirrors
import Testing

@Suite struct CatalogBlobTests {
    @Test func readsWhatItWrote() throws {
        for catalog in [Catalog(), .makeVaried()] {
            let blob = catalog.encoded()
            let decoded = try Catalog(decoding: blob)
            #expect(decoded == catalog)
            #expect(decoded.ids.map { decoded[$0] } == catalog.ids.map { catalog[$0] })
            #expect(decoded.encoded() == blob)
        }
    }

    @Test func hasTheDocumentedLayout() throws {
        var catalog = Catalog(generation: 1)
        catalog.append(.make("a", modified: 0, firstSeen: 0))
        let content: [UInt8] = [1, 0, 1, 1, 8, 0, 0, 0, 1, 0, 1, 0x61, 0, 0, 0]
        #expect(try Catalog.blobType.open(catalog.encoded()).content == content)
    }

    @Test func refusesAnotherVersion() throws {
        let next = BlobType(magic: "RCAT", version: 2, contentLimit: 1 << 30)
        #expect(throws: BlobFormatError.unsupportedVersion(2, newestSupported: 1)) {
            try Catalog(decoding: next.sealed([]))
        }
    }

    @Test func storesDigestsOfSeveralPathsOnce() throws {
        func blob(pathCount: Int) throws -> [UInt8] {
            var catalog = Catalog(generation: 1)
            for number in 0..<pathCount {
                catalog.append(.make("\(number)", digests: .make(1)))
            }
            return try Catalog.blobType.open(catalog.encoded()).content
        }
        #expect(try blob(pathCount: 2).count - blob(pathCount: 1).count < 20)
    }

    @Test func forgetsDigestsThatNothingUses() throws {
        var catalog = Catalog(generation: 1)
        let id = catalog.append(.make("a", digests: .make(1)))
        catalog.update(id, to: .make("a", digests: .make(2)))
        var fresh = Catalog(generation: 1)
        fresh.append(.make("a", digests: .make(2)))
        #expect(catalog == fresh)
        #expect(catalog.encoded() == fresh.encoded())
    }

    @Test func rejectsEveryProperPrefix() {
        let blob = Catalog.makeVaried().encoded()
        for count in 0..<blob.count {
            #expect(throws: BlobFormatError.self) { try Catalog(decoding: Array(blob[..<count])) }
        }
    }

    @Test func rejectsEveryFlippedBit() {
        let blob = Catalog.makeVaried().encoded()
        for bit in 0..<(8 * blob.count) {
            var damaged = blob
            damaged[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(throws: BlobFormatError.self) { try Catalog(decoding: damaged) }
        }
    }

    @Test func rejectsEveryProperPrefixOfTheContentUnderARightChecksum() throws {
        let type = Catalog.blobType
        let content = try type.open(Catalog.makeVaried().encoded()).content
        for count in 0..<content.count {
            let blob = type.sealed(Array(content[..<count]))
            #expect(throws: BlobFormatError.self) { try Catalog(decoding: blob) }
        }
        #expect(throws: BlobFormatError.trailingBytes(count: 1)) {
            try Catalog(decoding: type.sealed(content + [0]))
        }
    }

    /// Damaged contents under a right checksum may be another catalog, but never cause a trap.
    @Test func survivesEveryOtherByteInTheContent() throws {
        let type = Catalog.blobType
        let content = try type.open(Catalog.makeVaried().encoded()).content
        var rejectedCount = 0
        for position in content.indices {
            for byte in [0x00, 0x7F, 0x80, 0xFF, content[position] &+ 1] as [UInt8] {
                var damaged = content
                damaged[position] = byte
                do {
                    let catalog = try Catalog(decoding: type.sealed(damaged))
                    for id in catalog.ids { _ = catalog[id] }
                } catch {
                    rejectedCount += 1
                }
            }
        }
        // No more than that, because a digest may consist of any bytes.
        #expect(rejectedCount > content.count / 2)
    }

    @Test func rejectsACountThatTheContentCannotHold() {
        var writer = ByteWriter()
        writer.appendVarint(1)
        writer.appendSignedVarint(0)
        writer.appendVarint(1_000_000_000)
        #expect(
            throws: BlobFormatError.valueOutOfRange(field: "file count", value: "1000000000")
        ) {
            try Catalog(decoding: Catalog.blobType.sealed(writer.bytes))
        }
    }
}
