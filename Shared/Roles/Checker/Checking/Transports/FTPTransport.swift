import Catalogs
import CheckPlanning
import FTPListing
import HTTPTransport
package import Mirrors

/// Answers questions about FTP access points: directories are listed, and what a listing does not
/// prove is asked for by name.
///
/// A listing shows what is there, with exact sizes, but not what is missing: servers cut it off, hide
/// names, and answer "done" for a directory that they could not open. So absence is always the answer
/// to `SIZE` or `CWD`. The other way round `SIZE` says nothing of permissions, which the listing shows.
/// Links are followed by their texts; `MLSD` has none, so that directory is listed by `LIST` besides.
///
/// One session per host: one connection for commands and one for a listing. The rate is shared with
/// the web access points of the host.
package final class FTPTransport: Transport {
    private struct Point {
        var host: Int
        var pendingCount = 0
        var directories: [TreePath: Directory] = [:]
        /// What waits for a directory to be listed.
        var waiting: [TreePath: [FTPHost.Inquiry]] = [:]
    }

    /// One directory as it was listed.
    private struct Directory {
        var entries: [[UInt8]: FTPEntry]
        var hasLinkTexts: Bool
        var takenAt: Double
        /// The questions that it was looked up for, and after how many links: no listing answers the
        /// same question twice.
        var answered: Set<UInt64> = []
    }

    private let heads: HeadTransport
    private var points: [Int: Point] = [:]
    private var hosts: [FTPHost] = []
    private var answers: [Answer] = []
    private var entryCount = 0

    private static let questionsBeforeLogin = 8
    private static let questionsAfterLogin = 4096
    /// The entries of all directories in memory: some 60 MB.
    private static let entryLimit = 400_000
    private static let longestUse = 600.0
    private static let linkLimit = 8

    /// `heads` must be made for the same access points: its loop, rates and contact serve here too.
    package init(
        accessPoints: [AccessPoint],
        heads: HeadTransport,
        settings: CheckSettings
    ) {
        self.heads = heads
        var ftpSettings = FTPSession.Settings()
        if let contact = settings.contact { ftpSettings.password = contact }
        var hostIndexes: [String: Int] = [:]
        for (index, accessPoint) in accessPoints.enumerated() where accessPoint.scheme == .ftp {
            let parts = accessPoint.baseURL.split(
                separator: "/",
                maxSplits: 3,
                omittingEmptySubsequences: false
            )
            guard parts.count == 4 else { continue }
            let authority = String(parts[2])
            let host = hostIndexes[authority, default: hosts.count]
            if host == hosts.count {
                hostIndexes[authority] = host
                hosts.append(
                    FTPHost(authority: authority, loop: heads.loop, settings: ftpSettings)
                )
            }
            hosts[host].basePaths[index] = PercentEncoding.decoded(parts[3])
            points[index] = Point(host: host)
        }
    }

    package func speaks(_ scheme: AccessPoint.Scheme) -> Bool { scheme == .ftp }

    package func room(at accessPoint: Int) -> Int {
        guard let point = points[accessPoint] else { return 0 }
        let limit =
            hosts[point.host].wasReady ? Self.questionsAfterLogin : Self.questionsBeforeLogin
        return max(0, limit - point.pendingCount)
    }

    package func pause(at accessPoint: Int) -> Duration { heads.pause(at: accessPoint) }

    package func ask(_ question: Question) {
        points[question.accessPoint]?.pendingCount += 1
        look(
            for: FTPHost.Inquiry(
                question: question,
                place: TreePath(bytes: Array(question.path)),
                askedAt: heads.now
            )
        )
    }

    /// Takes what turns of the loop have brought; it does not turn the loop itself.
    package func wait(atMost longest: Duration, _ receive: (Answer) -> Void) {
        for (number, host) in hosts.enumerated() {
            guard let index = host.basePaths.keys.min() else { continue }
            let started = host.turn(allowance: heads.allowance(at: index)) { take($0) }
            for _ in 0..<started { heads.noteSentMore(at: index) }
            if let failure = host.failure { giveUp(number, failure) }
        }
        let ready = answers
        answers.removeAll(keepingCapacity: true)
        for answer in ready { receive(answer) }
    }

    // MARK: - From questions to answers

    /// Answers from listings as far as they go, has the next directory listed, or asks by name.
    private func look(for inquiry: FTPHost.Inquiry) {
        let index = inquiry.question.accessPoint
        guard let point = points[index] else { return }
        let host = hosts[point.host]
        if let failure = host.failure { return answer(inquiry, .failed(reason: failure)) }
        guard case .file(let id) = inquiry.question.subject, !inquiry.place.bytes.isEmpty else {
            return host.ask(inquiry)
        }
        let folder = inquiry.place.parent
        let key = UInt64(id.rawValue) << 8 | UInt64(inquiry.linkCount)
        guard var directory = points[index]?.directories.removeValue(forKey: folder) else {
            return waitForListing(of: folder, inquiry)
        }
        guard !directory.answered.contains(key),
            heads.now - directory.takenAt < Self.longestUse
        else {
            entryCount -= directory.entries.count
            return waitForListing(of: folder, inquiry)
        }
        guard let entry = directory.entries[Array(inquiry.place.name)] else {
            points[index]?.directories[folder] = directory
            return host.ask(inquiry)
        }
        if entry.kind == .symlink, entry.target == nil, !directory.hasLinkTexts {
            points[index]?.directories[folder] = directory
            return waitForListing(of: folder, inquiry, wantsLinkTexts: true)
        }
        directory.answered.insert(key)
        points[index]?.directories[folder] = directory
        judge(entry, inquiry, host)
    }

    private func judge(_ entry: FTPEntry, _ inquiry: FTPHost.Inquiry, _ host: FTPHost) {
        switch entry.kind {
        case .file, .directory:
            guard entry.isOpenToOthers else {
                return answer(inquiry, .answered(status: 403, byteCount: nil))
            }
            let isDirectory = entry.kind == .directory
            guard isDirectory == inquiry.question.isDirectory, isDirectory || entry.byteCount != nil
            else { return host.ask(inquiry) }
            answer(
                inquiry,
                .answered(status: 200, byteCount: isDirectory ? nil : entry.byteCount),
                modified: entry.modified
            )
        case .symlink:
            guard let target = entry.target, inquiry.linkCount < Self.linkLimit,
                let place = inquiry.place.parent.following(target)
            else { return host.ask(inquiry) }
            var next = inquiry
            next.place = place
            next.linkCount += 1
            look(for: next)
        case .other:
            host.ask(inquiry)
        }
    }

    private func waitForListing(
        of folder: TreePath,
        _ inquiry: FTPHost.Inquiry,
        wantsLinkTexts: Bool = false
    ) {
        let index = inquiry.question.accessPoint
        guard let point = points[index] else { return }
        if point.waiting[folder] == nil {
            hosts[point.host].list(
                FTPHost.Job(point: index, directory: folder, wantsLinkTexts: wantsLinkTexts)
            )
        }
        points[index]?.waiting[folder, default: []].append(inquiry)
    }

    private func take(_ result: FTPHost.Result) {
        switch result {
        case .listed(let job, let listed): take(job, listed)
        case .unanswerable(let inquiry):
            answer(inquiry, .unusable(reason: "the server cannot be asked for this name"))
        case .replied(let inquiry, let reply):
            answer(inquiry, Self.reply(to: inquiry.question, reply))
        }
    }

    private func take(_ job: FTPHost.Job, _ listed: FTPDirectory?) {
        var entries: [[UInt8]: FTPEntry] = [:]
        if job.wantsLinkTexts, let known = points[job.point]?.directories[job.directory] {
            entries = known.entries
            entryCount -= entries.count
        }
        for entry in listed?.entries ?? [] {
            if job.wantsLinkTexts, entries[entry.name] != nil {
                if entry.kind == .symlink { entries[entry.name]?.target = entry.target }
            } else {
                entries[entry.name] = entry
            }
        }
        makePlace(for: entries.count, at: job.point)
        entryCount += entries.count
        points[job.point]?.directories[job.directory] = Directory(
            entries: entries,
            // What has no text now gets none from another try.
            hasLinkTexts: job.wantsLinkTexts || listed == nil,
            takenAt: heads.now
        )
        for inquiry in points[job.point]?.waiting.removeValue(forKey: job.directory) ?? [] {
            look(for: inquiry)
        }
    }

    /// Forgets the directories of access points that nothing is asked of, where there are too many.
    private func makePlace(for count: Int, at index: Int) {
        guard entryCount + count > Self.entryLimit else { return }
        for (other, point) in points where other != index && point.pendingCount == 0 {
            for directory in point.directories.values { entryCount -= directory.entries.count }
            points[other]?.directories = [:]
        }
    }

    private func answer(
        _ inquiry: FTPHost.Inquiry,
        _ reply: Reply,
        modified: Timestamp? = nil
    ) {
        points[inquiry.question.accessPoint]?.pendingCount -= 1
        answers.append(
            inquiry.question.answered(
                reply,
                seconds: heads.now - inquiry.askedAt,
                modified: modified
            )
        )
    }

    private func giveUp(_ number: Int, _ reason: String) {
        var inquiries = hosts[number].takeAbandoned().inquiries
        for index in points.keys where points[index]?.host == number {
            inquiries += points[index]?.waiting.values.flatMap { $0 } ?? []
            points[index]?.waiting = [:]
        }
        for inquiry in inquiries { answer(inquiry, .failed(reason: reason)) }
    }

    /// What a reply to `SIZE` or `CWD` means in the words of HTTP.
    static func reply(to question: Question, _ reply: FTPReply) -> Reply {
        if question.isDirectory, reply.kind == 2 { return .answered(status: 200, byteCount: nil) }
        if reply.code == 213 {
            let digits = reply.text.prefix { ("0"..."9").contains($0) }
            guard let byteCount = UInt64(digits) else {
                return .unusable(reason: "no size: \(reply.text)")
            }
            return .answered(status: 200, byteCount: byteCount)
        }
        if reply.code == 550 { return .answered(status: 404, byteCount: nil) }
        return .unusable(reason: "\(reply.code) \(reply.text)")
    }
}

extension TreePath {
    /// Where a link with the text `target` in this directory leads; nil where that is outside of the
    /// tree.
    func following(_ target: TreePath) -> TreePath? {
        guard target.bytes.first != UInt8(ascii: "/") else { return nil }
        var place = self
        for name in target.bytes.split(separator: UInt8(ascii: "/")) {
            if name.elementsEqual(".".utf8) { continue }
            if name.elementsEqual("..".utf8) {
                guard !place.bytes.isEmpty else { return nil }
                place = place.parent
            } else {
                place = place.appending(name)
            }
        }
        return place
    }
}
