import TestSupport
import Testing

@Suite struct SampleTreeTests {
    private let master = SampleTree(distfiles: 200)

    @Test func isTheSameEachTime() {
        #expect(SampleTree(distfiles: 200).entries == master.entries)
    }

    @Test func leadsToEveryReleaseAlsoThroughTheSymlink() throws {
        let folder = try TemporaryFolder()
        try master.write(to: folder.path)
        let listing = ServedTree(root: folder.path)
        let paths = Set(try listing.everyPath().map { String(decoding: $0.path, as: UTF8.self) })
        #expect(paths.isSuperset(of: master.entries.keys))
        let builds = "releases/amd64/autobuilds"
        let file = "stage3-amd64-openrc-20260821T170000Z.tar.xz"
        #expect(paths.contains("\(builds)/current-stage3/\(file)"))
        #expect(paths.count == master.entries.count + 2 * 4)
    }

    /// The list of faults is right when it names exactly the paths that differ on disk.
    @Test(arguments: FaultProfile.allCases)
    func namesEveryFaultOfAMirror(_ profile: FaultProfile) throws {
        let folder = try TemporaryFolder()
        try master.write(to: folder.appending("master"))
        let (copy, faults) = master.degraded(by: profile, mirror: "m")
        try copy.write(to: folder.appending("mirror"))
        #expect(faults.isEmpty == (profile == .perfect))

        let mirror = ServedTree(root: folder.appending("mirror"))
        let named = Set(faults.filter(\.withholdsFile).map(\.path))
        for path in master.entries.keys {
            let bytes = Array(path.utf8)
            let expected = ServedTree(root: folder.appending("master")).entry(at: bytes)
            let isFaulty = mirror.entry(at: bytes) != expected
            let isNamed = named.contains(bytes) || profile == .empty
            #expect(isFaulty == isNamed, "\(path)")
        }
    }
}

@Suite struct PercentEncoderTests {
    static let table: [(name: String, encoded: String)] = [
        ("distfiles/ab/foo-1.0.tar.xz", "distfiles/ab/foo-1.0.tar.xz"),
        ("a%2Fb", "a%252Fb"),
        ("Herwig++.tar", "Herwig%2B%2B.tar"),
        ("@!~(){},", "%40%21~%28%29%7B%7D%2C"),
        ("é\u{7}", "%C3%A9%07"),
    ]

    @Test(arguments: table)
    func encodesAsRFC3986Says(_ row: (name: String, encoded: String)) {
        #expect(percentEncoded(row.name.utf8) == row.encoded)
    }
}
