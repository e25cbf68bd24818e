import Foundation
import Glibc
import TestSupport
import Testing

/// `mirrors` on a deployment whose mirrors are wrong in every known way.
@Suite(.serialized, .faultyMirrors) struct MirrorsProgramTests {
    let lab: FaultyMirrors

    init() throws {
        lab = try #require(FaultyMirrors.current)
    }

    /// Two mirrors for each of the eleven faults, and six with no usable answers.
    @Test func theVerdictIsRightForEveryKindOfMirror() throws {
        let words = try lab.words()
        #expect(lab.expected.count == 28)
        for (mirror, expected) in lab.expected {
            if words[mirror] != expected {
                print(try lab.mirrors("show", try lab.id(of: mirror)).output)
            }
            #expect(words[mirror] == expected, "\(mirror)")
        }
    }

    /// A copy is as far behind as the age of the oldest file that it lacks because it is too new.
    @Test func howFarAMirrorIsBehindIsTrueToADay() throws {
        let behind = try lab.behindSince()
        for (copy, profile) in zip(lab.network.copies, FaultyMirrors.profiles)
        where profile == .lagging {
            let there = Set(try copy.tree.everyPath().map(\.path))
            let lacking = try lab.network.master.everyPath().filter {
                !$0.isDirectory && !there.contains($0.path)
            }
            let times = try lacking.compactMap { entry in
                let path = String(decoding: entry.path, as: UTF8.self)
                let attributes = try FileManager.default.attributesOfItem(
                    atPath: "\(lab.network.master.root)/\(path)"
                )
                let isFile = attributes[.type] as? FileAttributeType == .typeRegular
                return isFile ? attributes[.modificationDate] as? Date : nil
            }
            let oldest = try #require(times.min())
            let said = try #require(behind[copy.name])
            #expect(abs(said.timeIntervalSince(oldest)) < 86_400, "\(copy.name)")
        }
    }

    /// The list contains nothing that is there.
    ///
    /// Missing files that are not in it were not asked for yet: the checker takes its time with
    /// mirrors that have few files.
    @Test func theListOfMissingFilesIsTheTruth() throws {
        let unasked = try lab.unaskedCounts()
        var wholeCount = 0
        for (copy, profile) in zip(lab.network.copies, FaultyMirrors.profiles)
        where profile != .unreadable {
            let lacking = Set(
                try lab.network.master.everyPath().filter { entry in
                    copy.tree.entry(at: entry.path) == nil
                }.map { String(decoding: $0.path, as: UTF8.self) }
            )
            let output = try lab.mirrors("missing", try lab.id(of: copy.name), "--all").output
            let paths = output.split(separator: "\n").filter { !$0.hasPrefix("#") }.map(String.init)
            let listed = Set(paths)
            #expect(paths.count == listed.count, "\(copy.name)")
            #expect(listed.isSubset(of: lacking), "\(copy.name)")
            let left = try #require(unasked[copy.name])
            #expect(lacking.count - listed.count <= left, "\(copy.name)")
            if left == 0 { wholeCount += 1 }
        }
        #expect(wholeCount > 12)
    }

    /// Files that were not asked for are reported as such, and there are few of them.
    @Test func noStatementAboutAFileIsFalse() throws {
        let unasked = try lab.unaskedCounts()
        var statements = 0
        var openCount = 0
        for copy in lab.network.copies {
            let id = try lab.id(of: copy.name)
            for entry in try lab.network.master.everyPath().prefix(12) {
                let path = String(decoding: entry.path, as: UTF8.self)
                let text = try lab.mirrors("why", id, path).output
                statements += 1
                let has = copy.tree.entry(at: entry.path) == entry
                let saysItHas = text.contains("it has the file")
                let saysItHasNot = [
                    "it lacks the file", "it has something else", "it refuses the file",
                ].contains(where: text.contains)
                #expect(!saysItHas || has, "\(copy.name) \(path): \(text)")
                #expect(!saysItHasNot || !has, "\(copy.name) \(path): \(text)")
                guard !saysItHas, !saysItHasNot else { continue }
                openCount += 1
                #expect(unasked[copy.name, default: 0] > 0, "\(copy.name) \(path): \(text)")
            }
        }
        #expect(statements > 200)
        #expect(openCount * 5 < statements, "\(openCount) of \(statements)")
    }

    /// The builder does what the dry run says.
    @Test func aDryRunSaysWhatMapsWouldLose() throws {
        struct DryRun: Decodable {
            struct Map: Decodable {
                let region: String
                let lost: [String]
                let gained: [String]
            }
            let maps: [Map]
        }
        let perfect = lab.network.copies.first { lab.expected[$0.name] == "in-use" }
        let name = try #require(perfect?.name)
        let id = try lab.id(of: name)
        let dryRun: DryRun = try lab.mirrors(
            "disable",
            id,
            "--reason",
            "a test",
            "--dry-run",
            "--json"
        ).decoded()
        let europe = try #require(dryRun.maps.first { $0.region == "europe" })
        #expect(europe.lost == ["\(id)-http"])
        #expect(europe.gained.isEmpty)
        #expect(try lab.words()[name] == "in-use")
    }

    @Test func fiveQuestionsHaveAnAnswerEach() throws {
        let doctor = try lab.mirrors("doctor")
        #expect(doctor.output.contains("OK storage"))
        #expect([.exited(0), .exited(1)].contains(doctor.ending))
        let down = try lab.mirrors("--down").output
        #expect(down.contains("no answer") || down.contains("connection refused"))
        #expect(try lab.mirrors("list", "--state", "not-asked").isSuccess)
        #expect(doctor.output.contains("maps:"))
        #expect(try lab.mirrors("events", "--since", "2h").isSuccess)
        for question in [["doctor"], ["--down"], ["events", "--since", "00:00"]] {
            #expect(try lab.mirrors(question + ["--json"]).output.hasPrefix("{"))
        }
    }
}
