import Events
import JSON
import MirrorListImport
import MirrorStorage
import Mirrors
import ObjectStorage
import TestSupport
import Testing

@testable import Publishing

@Suite struct OwnMirrorsTests {
    private let store = InMemoryStore()
    private var own: OwnMirrors { OwnMirrors(in: store) }

    private func listed(_ name: String, _ urls: String..., country: String = "DE") -> ListedMirror {
        ListedMirror(
            name: name,
            country: country,
            region: "",
            locations: urls.map { .init(url: $0) }
        )
    }

    /// Does what the Leader does whenever it reads the list of `MIRRORS`.
    @discardableResult
    private func importList(_ mirrors: [ListedMirror]) throws -> MirrorPublication {
        try MirrorPublication(of: mirrors + own.listed(), in: store)
    }

    private func mirrors() throws -> [Mirror] { try store.mirrors() }

    private func isListed(_ id: Mirror.ID) throws -> Bool? {
        try mirrors().first { $0.id == id }?.isListed
    }

    @Test func whatIsAddedIsThereAtOnceAndAfterEveryImport() throws {
        let list = [listed("a", "http://a.example/"), listed("b", "http://b.example/")]
        try importList(list)
        let change = try own.add(
            [listed("New", "https://new.example/pub", "rsync://new.example/pub", country: "fr")],
            isStrict: true,
            isDryRun: false
        )
        #expect(change.added == ["new.example"])
        #expect(change.isWritten)
        #expect(change.changes.all.map(\.subject) == ["new.example"])
        let before = try mirrors()
        #expect(before.map(\.id) == ["a.example", "b.example", "new.example"])
        #expect(before.last?.country.letters == "FR")
        #expect(before.last?.region == "europe")
        #expect(try !importList(list).isPublished)
        // The list itself continues to change.
        try importList([listed("a", "http://a.example/"), listed("c", "http://c.example/")])
        #expect(try isListed("b.example") == false)
        #expect(try isListed("new.example") == true)
    }

    @Test func aRealListStaysAsItIs() throws {
        let real = try GentooMirrorList.mirrors(in: Fixture.gentooMirrorList())
        try importList(real)
        let before = try mirrors()
        _ = try own.add(
            [listed("new", "https://new.example/")],
            isStrict: true,
            isDryRun: false
        )
        #expect(try mirrors().dropLast() == before[...])
        #expect(try !importList(real).isPublished)
        _ = try own.remove("new.example", isDryRun: false)
        #expect(try mirrors().dropLast() == before[...])
        #expect(try !importList(real).isPublished)
        #expect(try isListed("new.example") == false)
    }

    @Test func overridesHoldForThemToo() throws {
        try importList([listed("a", "http://a.example/")])
        try store.put(BlobKey("overrides.json"), Array(#"{"a.example":{"weight":7}}"#.utf8))
        _ = try own.add([listed("n", "http://n.example/")], isStrict: true, isDryRun: false)
        #expect(try mirrors().first?.weight == 7)
    }

    @Test func whatIsListedAlreadyOrCannotBeUsedIsNotAdded() throws {
        try importList([listed("a", "http://a.example/")])
        let several = [
            listed("again", "HTTP://A.example:80"), listed("bad", "mailto:x"),
            listed("good", "http://good.example/"), listed("good too", "http://good.example"),
            listed("nowhere", "http://nowhere.example/", country: "Atlantis"),
        ]
        let count = store.writeCount
        let strict = try own.add(several, isStrict: true, isDryRun: false)
        #expect(strict.added.isEmpty && !strict.isWritten)
        #expect(store.writeCount == count)
        let change = try own.add(several, isStrict: false, isDryRun: false)
        #expect(change.added == ["good.example"])
        #expect(
            change.known.map(\.description) == [
                "again: a.example has http://a.example/", "good too: good has http://good.example/",
            ]
        )
        #expect(change.leftOut.map(\.subject) == ["mailto:x", "bad", "nowhere"])
        #expect(try own.listed().map(\.name) == ["good"])
    }

    @Test func aDryRunWritesNothing() throws {
        try importList([listed("a", "http://a.example/")])
        let count = store.writeCount
        let change = try own.add(
            [listed("n", "http://n.example/")],
            isStrict: true,
            isDryRun: true
        )
        #expect(change.added == ["n.example"])
        #expect(!change.isWritten)
        #expect(store.writeCount == count)
    }

    @Test func onlyWhatWasAddedIsRemoved() throws {
        try importList([listed("a", "http://a.example/")])
        #expect(throws: PublishingError.notOwn("a.example")) {
            try own.remove("a.example", isDryRun: false)
        }
        #expect(throws: PublishingError.notOwn("nobody")) {
            try own.remove("nobody", isDryRun: false)
        }
        _ = try own.add([listed("n", "http://n.example/")], isStrict: true, isDryRun: false)
        let change = try own.remove("n.example", isDryRun: false)
        #expect(change.removed == ["n.example"])
        #expect(change.changes.all.map(\.kind) == [.unlisted])
        #expect(try isListed("n.example") == false)
        #expect(try own.listed().isEmpty)
        // It is recognized, and gets its id back.
        let again = try own.add(
            [listed("n", "http://n.example/")],
            isStrict: true,
            isDryRun: false
        )
        #expect(again.isWritten)
        #expect(try mirrors().count == 2)
        #expect(try isListed("n.example") == true)
    }

    @Test func theLastMirrorStays() throws {
        _ = try own.add([listed("n", "http://n.example/")], isStrict: true, isDryRun: false)
        #expect(throws: PublishingError.noMirrors(leftOutCount: 0, reasons: [])) {
            try own.remove("n.example", isDryRun: false)
        }
        #expect(try own.listed().count == 1)
    }

    @Test func whatAnotherProgramWroteThereIsKept() throws {
        let text = #"""
            {"mirrors":[{"name":"x","country":"DE","contact":"x@x.example",
            "urls":["http://x.example/"]},{"name":"gone","listed":false}]}
            """#
        try store.put(BlobKey(BlobName.ownMirrors), Array(text.utf8))
        _ = try own.add([listed("n", "http://n.example/")], isStrict: true, isDryRun: false)
        let blob = try #require(store.get(BlobKey(BlobName.ownMirrors)))
        let written = String(decoding: blob.bytes, as: UTF8.self)
        #expect(written.contains("x@x.example"))
        #expect(written.contains("gone"))
        #expect(try own.listed().map(\.name) == ["x", "n"])
    }

    @Test func aListThatCannotBeReadIsNotWrittenOver() throws {
        try store.put(BlobKey(BlobName.ownMirrors), Array("{".utf8))
        let count = store.writeCount
        #expect {
            try own.add([listed("n", "http://n.example/")], isStrict: true, isDryRun: false)
        } throws: {
            "\($0)".hasPrefix("own-mirrors.json cannot be used: ")
        }
        #expect(throws: PublishingError.self) { try own.listed() }
        #expect(store.writeCount == count)
    }

    @Test func theListOfMirrorsMayBeABlob() throws {
        #expect(MirrorListSource("storage:lists/mirrors.yaml") != nil)
        #expect(MirrorListSource("storage:../x") == nil)
        #expect(MirrorListSource("storage:own-mirrors.json")?.isOwn == true)
        let key = try BlobKey("lists/mirrors.yaml")
        #expect(throws: PublishingError.noList(key: key.text)) {
            try MirrorListSource.bytes(of: key, in: store)
        }
    }
}
