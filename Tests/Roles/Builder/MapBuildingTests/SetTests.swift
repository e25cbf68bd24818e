import Catalogs
import CheckStates
import HolderFormat
import MapBuilding
import Mirrors
import RegionMapFormat
import TestSupport
import Testing
import Time

/// Files that belong together are held together.
@Suite struct SetTests {
    private static let day: Int64 = 86_400

    /// A tree with two sets and the packages that they name; the newest package is an hour old.
    private static func catalog() -> Catalog {
        var catalog = Catalog(generation: 5, publishedAt: .now)
        func add(_ path: String, age: Int64, byteCount: UInt64? = 10) {
            catalog.append(
                .make(path, byteCount: byteCount, modified: .now.advanced(bySeconds: -age))
            )
        }
        add("dists", age: 0, byteCount: nil)
        for suite in ["stable", "testing"] {
            add("dists/\(suite)/Release", age: 3_600)
            add("dists/\(suite)/main/Packages", age: 3_600)
            add("dists/\(suite)/main/Packages.old", age: 90 * day)
        }
        add("pool/new.deb", age: 2 * day)
        add("pool/old.deb", age: 30 * day)
        add("pool/newer.deb", age: 60)
        add("elsewhere/new.deb", age: 3_600)
        return catalog
    }

    private static let classes = FileProfile.debian.classes

    /// The files held of a tree by a mirror that lacks some paths.
    private func held(
        lacking: Set<String>,
        rules: MirrorRules = .none
    ) -> (paths: Set<String>, row: HolderTable.Row) {
        let catalog = Self.catalog()
        var state = CheckState(accessPointID: "a", baseURL: "http://a/")
        for id in catalog.ids {
            let isThere = !lacking.contains("\(catalog.path(of: id))")
            state[id] = .make(isThere ? .present : .absent, generation: 5)
        }
        var table = HolderTable(catalog, classes: Self.classes)
        let row = table.add(state, rules: rules, now: .now, maximumAge: 86_400)
        let ids = catalog.ids.filter { table.holds(row.index, $0) }
        return (Set(ids.map { "\(catalog.path(of: $0))" }), row)
    }

    /// Missing paths, and the sets whose members are then not held.
    @Test(
        arguments: [
            ("", ""), ("dists/stable/Release", "stable"), ("dists/stable/main/Packages", "stable"),
            ("dists/testing/main/Packages.old", "testing"), ("pool/new.deb", "stable testing"),
            ("pool/old.deb", ""), ("pool/newer.deb", ""), ("elsewhere/new.deb", ""), ("dists", ""),
        ]
    )
    func membersAreHeldWithAllOfTheirSetAndItsNewPackages(lacking: String, without: String) {
        let (paths, row) = held(lacking: [lacking])
        for suite in ["stable", "testing"] {
            let isOut = without.contains(suite)
            for name in ["Release", "main/Packages", "main/Packages.old"] {
                let path = "dists/\(suite)/\(name)"
                #expect(paths.contains(path) == (!isOut && path != lacking), "\(path)")
            }
        }
        #expect(paths.contains("pool/old.deb") == (lacking != "pool/old.deb"))
        #expect(row.heldCount == paths.count)
    }

    /// A package that a rule excludes counts as there; a member that a rule excludes is not
    /// offered.
    @Test func rulesHideMembersAndNotPackages() {
        var rules = MirrorRules()
        rules.prefixes = MirrorRule([TreePath("dists")])
        #expect(held(lacking: [], rules: rules).paths.contains("dists/stable/Release"))
        rules.prefixes = MirrorRule([TreePath("dists/stable/main"), TreePath("dists/testing")])
        let paths = held(lacking: [], rules: rules).paths
        #expect(!paths.contains("dists/stable/main/Packages"))
        #expect(paths.contains("dists/testing/main/Packages"))
    }

    /// A repository may be a whole tree: its index is at the root, and packages are below it.
    @Test(arguments: [
        (FileProfile.arch, ["core.db", "core.db.sig", "hello-1-any.pkg.tar.zst"]),
        (.debian, ["Release", "Packages.gz", "amd64/hello_1_amd64.deb"]),
        (.debian, ["dists/stable/Release", "dists/stable/main/Packages", "pool/hello_1_all.deb"]),
        (.fedora, ["repodata/repomd.xml", "repodata/a-primary.xml.gz", "Packages/hello-1.rpm"]),
    ])
    func theRootMayBeARepository(_ row: (profile: FileProfile, paths: [String])) {
        var catalog = Catalog(generation: 5, publishedAt: .now)
        for path in row.paths { catalog.append(.make(path, byteCount: 10, modified: .now)) }
        for lacking in [nil, 0, 1, 2] as [UInt32?] {
            var state = CheckState(accessPointID: "a", baseURL: "http://a/")
            for id in catalog.ids {
                state[id] = .make(id.rawValue == lacking ? .absent : .present, generation: 5)
            }
            var table = HolderTable(catalog, classes: row.profile.classes)
            let held = table.add(state, now: .now, maximumAge: 86_400).heldCount
            #expect(held == [nil: 3, 2: 0][lacking, default: 1], "\(lacking.debugDescription)")
        }
    }

    /// In any state of a mirror that synchronizes in any order, the held files of a set are all of
    /// one release.
    @Test(arguments: 0..<50 as Range<UInt64>)
    func noSetIsEverHeldInPart(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let catalog = Self.catalog()
        let paths = catalog.ids.map { "\(catalog.path(of: $0))" }.shuffled(using: &random)
        for count in 0...paths.count {
            let held = held(lacking: Set(paths[count...])).paths
            for suite in ["stable", "testing"] {
                let members = held.filter { $0.hasPrefix("dists/\(suite)/") }
                #expect(members.isEmpty || members.count == 3 && held.contains("pool/new.deb"))
            }
        }
    }

    @Test func whatIsMissingInASetIsSaid() {
        let catalog = Self.catalog()
        var state = CheckState(accessPointID: "a", baseURL: "http://a/")
        for id in catalog.ids { state[id] = .make(generation: 5) }
        state[FileID(1)] = .make(.absent, generation: 5)
        var table = HolderTable(catalog, classes: Self.classes)
        table.keepShortfalls(now: .now)
        let row = table.add(state, now: .now, maximumAge: 86_400)
        #expect(row.shortfallCounts == [.lacking: 1, .incomplete: 2])
    }

    @Test func mapsTellSetsToRedirectors() throws {
        let catalog = Self.catalog()
        for (classes, minor) in [(Self.classes, 3), (FileClasses.standard, 0)] {
            let table = HolderTable(catalog, classes: classes)
            let build = RegionMapBuild(region: Regions.continents.all[0], mirrors: [], rows: [:])
            let bytes = try build.map(of: catalog, holders: table, builtAt: .now)
            let map = try PublishedMap(bytes)
            #expect(map.header.minorVersion == UInt16(minor))
            let view = try unsafe RegionMap(bytes.span.bytes)
            let text = unsafe view.pathSets.withUnsafeBytes { unsafe Array($0) }
            #expect(PathSet.sets(in: text).map(\.folder) == classes.sets.map(\.folder))
        }
    }
}
