import Catalogs
import CheckPlanning
import Checking
import Foundation
import Mirrors
import Testing

extension Transport {
    /// The replies to questions for `paths`, which are the files 0, 1 and so on; a directory's path
    /// ends in a slash.
    ///
    /// Records an answer that comes twice or not at all. `judge` is called for each answer, with
    /// the number of questions that are open.
    func replies(
        to paths: [String],
        accessPoint: AccessPointNumber = 0,
        within seconds: Double = 120,
        judge: (_ openCount: Int) -> Void = { _ in }
    ) -> [Reply] {
        var catalog = Catalog(generation: 1)
        // The files have no lengths, so any length is right.
        for path in paths {
            catalog.append(
                .make(String(path.hasSuffix("/") ? path.dropLast() : path[...]), byteCount: nil)
            )
        }
        return replies(
            to: catalog,
            paths: paths,
            accessPoint: accessPoint,
            within: seconds,
            judge: judge
        )
    }

    /// The replies to questions for all files of `catalog`, or for `paths` instead of their own.
    func replies(
        to catalog: Catalog,
        paths: [String]? = nil,
        accessPoint: AccessPointNumber = 0,
        within seconds: Double = 120,
        judge: (_ openCount: Int) -> Void = { _ in }
    ) -> [Reply] {
        let paths = paths ?? catalog.ids.map { catalog.path(of: $0).description }
        expect(catalog)
        var replies: [Int: Reply] = [:]
        var next = 0
        let deadline = Date(timeIntervalSinceNow: seconds)
        while replies.count < paths.count, Date() < deadline {
            while next < paths.count, room(at: accessPoint) > 0 {
                let path = Array(paths[next].utf8)
                let isDirectory = path.last == UInt8(ascii: "/")
                ask(
                    Question(
                        accessPoint: accessPoint,
                        subject: .file(FileID(UInt32(next))),
                        path: isDirectory ? path.dropLast() : path[...],
                        isDirectory: isDirectory
                    )
                )
                next += 1
            }
            wait(atMost: .seconds(1)) { answer in
                judge(next - replies.count)
                guard case .file(let id) = answer.subject else { return }
                if let known = replies.updateValue(answer.reply, forKey: Int(id.rawValue)) {
                    Issue.record("a second answer for \(paths[Int(id.rawValue)]) after \(known)")
                }
            }
        }
        if replies.count < paths.count {
            Issue.record("\(paths.count - replies.count) of \(paths.count) were not answered")
        }
        return paths.indices.map { replies[$0] ?? .failed(reason: "NO ANSWER") }
    }
}
