import JSON
import MirrorStorage
import Mirrors
import ObjectStorage
import TestSupport
import Testing

@Suite struct MirrorStorageTests {
    private let store = InMemoryStore()

    private func put(_ key: String, _ text: String) throws {
        try store.put(BlobKey(key), Array(text.utf8))
    }

    @Test func thereAreNoMirrorsBeforeTheFirstImport() throws {
        #expect(try store.mirrorList() == nil)
        #expect(throws: MirrorStorageError.noMirrors) { try store.mirrors() }
    }

    @Test func readsTheMirrorsAndTheBlobThatTheyAreFrom() throws {
        let mirror = Mirror(
            id: "one",
            name: "One",
            country: try #require(CountryCode("DE")),
            region: "europe",
            accessPoints: [
                AccessPoint(id: "one-http", scheme: .http, baseURL: "http://one.example/")
            ]
        )
        let bytes = MirrorList(mirrors: [mirror]).json.serialized()
        let tag = try store.put(BlobKey("mirrors.json"), bytes)
        #expect(try store.mirrors() == [mirror])
        #expect(try store.mirrorList()?.blob.tag == tag)
    }

    @Test func whatTheOperatorDidNotWriteIsStandard() throws {
        #expect(try store.regions().all.map(\.id) == Regions.continents.all.map(\.id))
        #expect(try store.fileClasses() == .standard)
    }

    static let bad = [
        ("mirrors.json", "{"), ("mirrors.json", #"{"version":1}"#), ("regions.json", "[]"),
        ("regions.json", #"{"regions":7}"#), ("classes.json", "no JSON"),
    ]

    @Test(arguments: bad)
    func namesTheBlobThatIsWrong(_ row: (key: String, text: String)) throws {
        try put(row.key, row.text)
        #expect {
            _ = try store.mirrorList()
            _ = try store.regions()
            _ = try store.fileClasses()
        } throws: { error in
            guard case MirrorStorageError.badBlob(row.key, _) = error else { return false }
            return "\(error)".hasPrefix("\(row.key) cannot be used: ")
        }
    }

    @Test func aProfileIsNotedBesideWhatTheOperatorWrote() throws {
        #expect(try store.fileClasses(settingProfile: .arch) == FileProfile.arch.classes)
        #expect(try store.fileClasses() == FileProfile.arch.classes)
        try put("classes.json", #"{"version":1,"mutable":["own"],"profile":"arch"}"#)
        let tag = try store.get(BlobKey("classes.json"))?.tag
        _ = try store.fileClasses(settingProfile: .arch)
        #expect(try store.get(BlobKey("classes.json"))?.tag == tag)
        let classes = try store.fileClasses(settingProfile: .debian)
        #expect(classes.mutable.map(\.description) == ["own"])
        #expect(classes.sets == FileProfile.debian.classes.sets)
        #expect(try store.fileClasses() == classes)
        try put("classes.json", #"{"version":1,"mutabel":[]}"#)
        #expect(throws: MirrorStorageError.self) { try store.fileClasses(settingProfile: .arch) }
    }

    @Test func addsMeasurementsAndForgetsWhatIsGone() throws {
        try store.add(["a": 10, "b": nil], from: "asia", existing: ["a", "b"])
        try store.add(["a": 20], from: "asia", existing: ["a"])
        let samples = try store.probeSamples(of: "asia").accessPoints
        #expect(Set(samples.keys) == ["a"])
        #expect(samples["a"]?.recent == [10, 20])
        #expect(try store.probeSamples(of: "europe").accessPoints.isEmpty)
    }

    /// Measurements only help with ranking: maps continue to be built without them.
    @Test func unreadableMeasurementsCountAsNone() throws {
        try put(ProbeSamples.key(of: "asia"), "no JSON")
        #expect(try store.probeSamples(of: "asia").accessPoints.isEmpty)
        try store.add(["a": 5], from: "asia", existing: ["a"])
        #expect(try store.probeSamples(of: "asia").accessPoints["a"]?.recent == [5])
    }
}
