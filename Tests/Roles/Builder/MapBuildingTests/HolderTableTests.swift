import Catalogs
import CheckStates
import MapBuilding
import Mirrors
import Testing
import Time

@Suite struct HolderTableTests {
    /// Whether the state of one file counts as held.
    private func isHeld(
        _ observation: Observation,
        removed: Timestamp? = nil,
        changedIn: UInt32 = 1
    ) -> Bool {
        var catalog = Catalog(generation: 5)
        let id = catalog.append(.make("x", removed: removed, changedIn: changedIn))
        var state = CheckState(accessPointID: "a", baseURL: "http://a/")
        state[id] = observation
        var table = HolderTable(catalog)
        let row = table.add(state, now: .now, maximumAge: 100)
        #expect(row.index == 0)
        #expect(row.heldCount == (table.holds(0, id) ? 1 : 0))
        return table.holds(row.index, id)
    }

    @Test(arguments: Observation.Outcome.allCases)
    func onlyProofCounts(outcome: Observation.Outcome) {
        #expect(isHeld(.make(outcome)) == (outcome == .present))
    }

    @Test(arguments: [(age: Int64(-5), isHeld: true), (0, true), (100, true), (101, false)])
    func proofAges(age: Int64, isHeld: Bool) {
        #expect(self.isHeld(.make(age: age)) == isHeld)
    }

    @Test(arguments: [(generation: UInt32(2), isHeld: false), (3, true), (4, true)])
    func proofOfAnOlderFileIsNone(generation: UInt32, isHeld: Bool) {
        #expect(self.isHeld(.make(generation: generation), changedIn: 3) == isHeld)
    }

    /// A mirror that suddenly lacks many files, or answers everything, may be another site.
    @Test func whereDoubtIsOnlyProofsSinceThenCount() {
        var catalog = Catalog(generation: 1)
        var state = CheckState(accessPointID: "a", baseURL: "http://a/")
        state[catalog.append(.make("old"))] = .make(age: 90)
        state[catalog.append(.make("new"))] = .make(age: 30)
        state.beginDoubt(now: .now.advanced(bySeconds: -60))
        var table = HolderTable(catalog)
        let row = table.add(state, now: .now, maximumAge: 100)
        #expect(row.heldCount == 1)
        #expect(table.holds(row.index, FileID(1)))
    }

    /// Losses beside them put files in question, and servers that differ make them contested.
    @Test func filesInQuestionAreNotHeld() {
        var observation = Observation.make(.present)
        #expect(isHeld(observation))
        observation.isQuestioned = true
        #expect(!isHeld(observation))
        observation.isQuestioned = false
        observation.isContested = true
        #expect(!isHeld(observation))
    }

    @Test func removedFilesAreHeldByNobody() {
        #expect(!isHeld(.make(), removed: .now))
    }

    /// A removed file is served as long as it was seen late enough, counted separately, and missing
    /// nowhere.
    @Test(arguments: [(age: Int64(0), isServed: true), (129_600, true), (129_601, false)])
    func removedFilesAreServedByLateProofs(age: Int64, isServed: Bool) {
        var catalog = Catalog(generation: 2, publishedAt: .now)
        let removedAt = Timestamp.now.advanced(bySeconds: -3 * 86_400)
        let live = catalog.append(.make("live"))
        let removed = catalog.append(.make("gone", removed: removedAt))
        for id in 0..<70 { catalog.append(.make("more-\(id)", removed: removedAt)) }
        var state = CheckState(accessPointID: "a", baseURL: "http://a/")
        state[live] = .make()
        state[removed] = .make(age: age)
        var table = HolderTable(catalog, classes: .standard, removedSeconds: 14 * 86_400)
        table.keepShortfalls(now: .now)
        let row = table.add(state, now: .now, maximumAge: 14 * 86_400)
        #expect(table.holds(row.index, removed) == isServed)
        #expect((row.heldCount, row.unprovenCount) == (1, 0))
        #expect(row.removedCount == (isServed ? 1 : 0))
        #expect(row.oldestRemovalAt == (isServed ? removedAt : nil))
        #expect(row.shortfallCounts.isEmpty)
        #expect(table.fileCount == 72)
    }

    /// A file that may change under its name must have been seen since it changed, or in the same
    /// minute: stored states have no seconds.
    @Test(arguments: [(age: Int64(50), isHeld: true), (60, true), (61, false)])
    func mutableFilesNeedAProofNewerThanTheirChange(age: Int64, isHeld: Bool) {
        var catalog = Catalog(generation: 1)
        let changed = Timestamp.now.advanced(bySeconds: -50)
        for path in ["latest.txt", "fixed"] { catalog.append(.make(path, modified: changed)) }
        var state = CheckState(accessPointID: "a", baseURL: "http://a/")
        for id in catalog.ids { state[id] = .make(age: age) }
        var table = HolderTable(catalog) { $0.starts(with: Array("latest".utf8)) }
        let row = table.add(state, now: .now, maximumAge: 100)
        #expect(table.holds(row.index, FileID(0)) == isHeld)
        #expect(table.holds(row.index, FileID(1)))
        #expect(row.unprovenCount == (isHeld ? 0 : 1))
    }

    /// The files of a mirror that pass a rule, by the last byte of their paths.
    @Test(
        arguments: [
            ("x", nil, "", "12"), ("x/", nil, "", "12"), ("x/d", nil, "", "2"),
            ("x/d/2", nil, "", "2"),
            ("xy", nil, "", "3"), ("", 20, "", "12"), ("x", 10, "", "1"),
            ("x", nil, "prefixes", "123"), ("", 20, "maximumFileSize", "123"),
        ] as [(prefix: String, limit: UInt64?, onTrial: String, held: String)]
    )
    func rulesLetFilesThrough(prefix: String, limit: UInt64?, onTrial: String, held: String) {
        var catalog = Catalog(generation: 1)
        catalog.append(.make("x/1", byteCount: 10))
        catalog.append(.make("x/d/2", byteCount: 20))
        catalog.append(.make("xy/3", byteCount: 30))
        var rules = MirrorRules()
        if !prefix.isEmpty {
            rules.prefixes = MirrorRule(
                [TreePath(prefix)],
                isReportOnly: onTrial == "prefixes"
            )
        }
        rules.maximumFileSize = limit.map {
            MirrorRule($0, isReportOnly: onTrial == "maximumFileSize")
        }
        var state = CheckState(accessPointID: "a", baseURL: "http://a/")
        for id in catalog.ids { state[id] = .make() }
        var table = HolderTable(catalog)
        let row = table.add(state, rules: rules, now: .now, maximumAge: 0)
        let names = catalog.ids.filter { table.holds(row.index, $0) }
            .compactMap { catalog.pathBytes(of: $0).last }
        #expect(String(decoding: names, as: UTF8.self) == held)
        #expect(row.heldCount == held.count)
        // A rule on trial counts the files that it would exclude.
        if onTrial == "prefixes" { #expect(row.counts.prefixes == 1) }
        if onTrial == "maximumFileSize" { #expect(row.counts.maximumFileSize == 1) }
    }

    /// The row consists of whole words; every file at a word boundary has its own bit.
    @Test(arguments: [1, 63, 64, 65, 128, 129])
    func eachFileHasItsOwnBit(count: Int) {
        var catalog = Catalog(generation: 1)
        for index in 0..<count { catalog.append(.make("\(index)")) }
        for held in catalog.ids {
            var state = CheckState(accessPointID: "a", baseURL: "http://a/")
            state[held] = .make()
            var table = HolderTable(catalog)
            let row = table.add(state, now: .now, maximumAge: 0)
            #expect(row.heldCount == 1)
            #expect(catalog.ids.filter { table.holds(row.index, $0) } == [held])
        }
    }

    @Test func aStateMayKnowMoreFilesThanTheCatalog() {
        var catalog = Catalog(generation: 1)
        catalog.append(.make("x"))
        var state = CheckState(accessPointID: "a", baseURL: "http://a/")
        state[FileID(0)] = .make()
        state[FileID(1)] = .make()
        var table = HolderTable(catalog)
        #expect(table.add(state, now: .now, maximumAge: 0).heldCount == 1)
    }

    /// A request for a folder is answered with its index, so a mirror whose index is old or missing
    /// does not have the folder.
    @Test func aFolderIsHeldWhereItsIndexIs() {
        var catalog = Catalog(generation: 1)
        var state = CheckState(accessPointID: "a", baseURL: "http://a/")
        let names = [
            ("stale", true), ("stale/index.html", false),
            ("good", true), ("good/index.html", false),
            ("plain", true), ("plain/file", false), ("half", true), ("half/index.html", false),
            ("half/index.htm", false), ("good/xindex.html", false), ("index.html", false),
        ]
        for (path, isDirectory) in names {
            let id = catalog.append(.make(path, byteCount: isDirectory ? nil : 10))
            let isMissing = path == "stale/index.html" || path == "half/index.htm"
            state[id] = .make(isMissing ? .absent : .present)
        }
        func held(_ indexNames: [String]) -> Set<String> {
            var table = HolderTable(catalog, indexNames: indexNames)
            let row = table.add(state, now: .now, maximumAge: 100)
            let held = catalog.ids.filter { table.holds(row.index, $0) }
            #expect(row.heldCount == held.count)
            return Set(held.map { names[Int($0.rawValue)].0 })
        }
        let all = Set(names.map(\.0)).subtracting(["stale/index.html", "half/index.htm"])
        #expect(held(["index.html", "index.htm"]) == all.subtracting(["stale", "half"]))
        #expect(held(["index.html"]) == all.subtracting(["stale"]))
        #expect(held([]) == all)
    }
}
