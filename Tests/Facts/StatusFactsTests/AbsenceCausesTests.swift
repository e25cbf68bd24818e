import Catalogs
import Mirrors
import SampleDeployment
import StatusFacts
import Testing
import TestSupport
import Time

@Suite struct AbsenceCausesTests {
    /// The tree of the fixture, with a second folder at the root.
    private func tree() throws -> TreeFacts {
        var deployment = try Deployment()
        try deployment.publish((0..<10).map { "releases/r\($0)" }, hours: 300)
        try deployment.publish((0..<5).map { "snapshots/s\($0)" }, hours: 2)
        return TreeFacts(deployment.catalog)
    }

    private func causes(_ isAbsent: (Int) -> Bool) throws -> [AbsenceCause] {
        let tree = try tree()
        var absent = FileBits(count: tree.catalog.count)
        var present = absent
        tree.live.forEach { number in
            if isAbsent(number) { absent.insert(number) } else { present.insert(number) }
        }
        return AbsenceCauses(absent: absent, present: present, in: tree).causes
    }

    @Test func nothingAbsentHasNoCause() throws {
        #expect(try causes { _ in false }.isEmpty)
    }

    @Test func everythingIsOneLine() throws {
        #expect(try causes { _ in true }.map(\.kind) == [.everything])
    }

    @Test func aFolderOfTheRootIsOneLine() throws {
        let found = try causes { (100..<110).contains($0) }
        #expect(found.map(\.kind) == [.topFolder("releases/")])
        #expect(found.map(\.count) == [10])
        #expect(found.map(\.example) == [100])
    }

    @Test func linksAreOneLine() throws {
        let found = try causes { $0 < 100 && $0 % 10 == 9 }
        #expect(found.map(\.kind) == [.links])
        #expect(found.map(\.count) == [10])
    }

    @Test func whatIsNewIsOneLineThatSaysSinceWhen() throws {
        let tree = try tree()
        // The first generation's files have the master's times, so the last ones are the newest.
        let found = try causes { $0 >= 60 && $0 != 103 }
        #expect(
            found.first?.kind == .newer(than: Timestamp(secondsSinceEpoch: tree.appearedAt[59]))
        )
    }

    @Test func wholeFoldersAndSingleFilesHaveTheirOwn() throws {
        let found = try causes { (20..<30).contains($0) || $0 == 41 || $0 == 77 }
        #expect(found.map(\.kind) == [.folder("distfiles/2/"), .files])
        #expect(found.map(\.count) == [10, 2])
    }

    @Test func severalCausesAreFoundBesideEachOther() throws {
        let found = try causes { number in
            (100..<110).contains(number) || number < 100 && number % 10 == 9 || number == 3
        }
        #expect(found.map(\.name) == ["folder", "symlinks", "files"])
        #expect(found.map(\.count) == [10, 10, 1])
    }

    @Test(arguments: 0..<50) func theLinesAddUpToTheList(seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        let tree = try tree()
        let share = Int.random(in: 1...99, using: &random)
        var absent = FileBits(count: tree.catalog.count)
        var present = absent
        tree.live.forEach { number in
            switch Int.random(in: 0..<100, using: &random) {
            case ..<share: absent.insert(number)
            case ..<95: present.insert(number)
            default: break
            }
        }
        let found = AbsenceCauses(absent: absent, present: present, in: tree)
        #expect(found.causes.reduce(0) { $0 + $1.count } == absent.count)
        #expect(found.causes.allSatisfy { absent.contains($0.example) })
    }
}
