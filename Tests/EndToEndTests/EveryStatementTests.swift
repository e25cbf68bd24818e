import Foundation
import TestSupport
import Testing

/// Every statement about a file and a mirror, on the pages and by a redirector, compared with the
/// disk.
extension MirrorsProgramTests {
    /// A page's statement about a file: the mirror lacks it, or has something else.
    private enum Statement: String {
        case missing
        case wrong
    }

    /// The lists of all mirrors together match the trees, path for path: they contain no file that
    /// is right, and they are complete for mirrors that were asked for everything.
    @Test func theListsOfThePagesAreTheTruthPathForPath() throws {
        let status = try Product.function("status", environment: lab.deployment.environment).run()
        #expect(status.isSuccess, "\(status)")
        let unasked = try lab.unaskedCounts()
        let master = try lab.network.master.everyPath()
        var count = 0
        var wholeCount = 0
        for (copy, profile) in zip(lab.network.copies, FaultyMirrors.profiles) {
            let said = try listed(of: copy.name)
            // A file that others may not read is refused, not missing.
            let isWhole = unasked[copy.name] == 0 && profile != .unreadable
            for entry in master {
                let (there, path) = (copy.tree.entry(at: entry.path), entry.text)
                count += 1
                switch said[path] {
                case .missing: #expect(there == nil, "\(copy.name) \(path)")
                case .wrong: #expect(there != nil && there != entry, "\(copy.name) \(path)")
                case nil: #expect(there == entry || !isWhole, "\(copy.name) \(path)")
                }
            }
            if isWhole { wholeCount += 1 }
        }
        print("\(count) statements of pages, \(wholeCount) mirrors asked for everything")
        #expect(count == master.count * lab.network.copies.count)
        #expect(wholeCount > 12)
    }

    /// The statements in a mirror's lists, by path.
    private func listed(of name: String) throws -> [String: Statement] {
        let storage = lab.deployment.storageURL.dropFirst("file://".count)
        let page = "\(storage)/status/m/\(try lab.id(of: name))"
        var said: [String: Statement] = [:]
        for line in lines(of: "\(page).missing.txt") where !line.hasPrefix("#") {
            said[line] = .missing
        }
        for line in lines(of: "\(page).wrong.tsv").dropFirst() {
            said[String(line.prefix { $0 != "\t" })] = .wrong
        }
        return said
    }

    /// The lines of a file; none if it does not exist, because nothing is missing or wrong.
    private func lines(of path: String) -> [String] {
        let bytes = (try? Data(contentsOf: URL(fileURLWithPath: path))) ?? Data()
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    /// The mirrors in a redirector's answer to `?mirrorlist`.
    private struct Candidates: Decodable {
        struct Mirror: Decodable {
            let mirror: String
            let reason: String?
        }
        let mirrors: [Mirror]
        let excluded: [Mirror]
    }

    /// A redirector's words for files that a mirror has, and for those that it lacks.
    private static let havingWords: Set = ["notNeeded", "incomplete"]
    private static let lackingWords: Set = ["lacking", "altered", "outdated", "refused"]

    @Test func noStatementOfARedirectorIsFalse() throws {
        let redirector = try lab.deployment.redirector("europe")
        let copies = try Dictionary(
            uniqueKeysWithValues: lab.network.copies.map { (try lab.id(of: $0.name), $0) }
        )
        let master = try lab.network.master.everyPath()
        let answers = try HTTPConnection(port: redirector.port).responses(
            to: master.map {
                HTTPRequest("GET", "/\($0.encodedPath)?mirrorlist&format=json")
            }
        )
        var (statements, falseCount, openCount) = (0, 0, 0)
        for (entry, answer) in zip(master, answers) where answer.status == 200 {
            let list = try JSONDecoder().decode(Candidates.self, from: Data(answer.body))
            for candidate in list.mirrors + list.excluded {
                guard let copy = copies[candidate.mirror] else { continue }
                statements += 1
                let has = copy.tree.entry(at: entry.path) == entry
                let saysItHas = candidate.reason.map(Self.havingWords.contains) ?? true
                let saysItHasNot = candidate.reason.map(Self.lackingWords.contains) ?? false
                if !saysItHas, !saysItHasNot { openCount += 1 }
                guard saysItHas && !has || saysItHasNot && has else { continue }
                falseCount += 1
                Issue.record("\(copy.name) \(entry.text): \(candidate.reason ?? "chosen")")
            }
        }
        print("\(statements) statements of a redirector, \(falseCount) false, \(openCount) open")
        #expect(answers.count { $0.status == 200 } > master.count / 2)
        #expect(statements > 10_000)
        #expect(openCount * 5 < statements)
    }
}

extension ServedEntry {
    /// The path as text.
    fileprivate var text: String { String(decoding: path, as: UTF8.self) }
}
