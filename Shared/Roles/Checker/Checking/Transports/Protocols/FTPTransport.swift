package import Catalogs
import CheckPlanning
import DequeModule
import FTPListing
package import HTTPTransport
import HealthFormat
package import Mirrors
import Time
import URLs

/// Answers questions about FTP access points: it lists directories, and asks by name for what a
/// listing does not prove.
///
/// A listing shows what is there, with exact sizes, but not what is missing: servers truncate it,
/// hide names, and report success for a directory that they could not open. So absence is always
/// concluded from `SIZE`, `RETR` or `CWD`. `SIZE` in turn says nothing about permissions, which the
/// listing shows; if it shows no file readable by others, one is tried with `RETR`, because some
/// servers invent permissions. Links are followed by their targets; `MLSD` does not give those, so
/// such a directory is also listed with `LIST`.
///
/// Only expected entries of a listing are kept, and it is read in slices. Each host gets one
/// session: a connection for commands and one for a listing.
package final class FTPTransport: Transport {
    private struct Point {
        var host: HostNumber
        var pendingCount = 0
        var directories: [TreePath: FTPDirectory] = [:]
        /// The listings being read.
        var partialListings: [TreePath: FTPDirectory] = [:]
        /// What waits for a directory to be listed or its permissions to be tested.
        var waiting: [TreePath: [FTPHost.PendingQuestion]] = [:]
    }

    private let registry: HostRegistry
    private var points: [AccessPointNumber: Point] = [:]
    /// By the registry's numbers.
    private var hosts: [HostNumber: FTPHost] = [:]
    /// The numbers of the hosts, the one that was served last at the end.
    private var rotation: [HostNumber] = []
    private var answers = Deque<Answer>()
    /// Questions to look up: new ones, and those whose link was followed or whose wait is over.
    private var pendingLookups = Deque<FTPHost.PendingQuestion>()
    private var expected = ExpectedFiles(Catalog())
    /// The number of entries of all directories.
    private var entryCount = 0
    /// When this slice of work began; all its steps use this time.
    private var now = 0.0

    private static let questionsBeforeLogin = 8
    private static let questionsAfterLogin = 4096
    /// The maximum number of entries of all directories: about 30 MB.
    private static let entryLimit = 400_000
    private static let longestUse = 600.0

    /// `registry` must be made for the same access points.
    package init(
        accessPoints: [AccessPoint],
        registry: HostRegistry,
        loop: MultiLoop,
        settings: CheckSettings
    ) {
        self.registry = registry
        var ftpSettings = FTPSession.Settings()
        if let contact = settings.contact { ftpSettings.password = contact }
        for (position, accessPoint) in accessPoints.enumerated() where accessPoint.scheme == .ftp {
            let index = AccessPointNumber(index: position)
            guard let parts = URLParts(accessPoint.baseURL) else { continue }
            let number = registry.host(of: index)
            if hosts[number] == nil {
                hosts[number] = FTPHost(
                    authority: String(parts.authority),
                    loop: loop,
                    settings: ftpSettings
                )
                rotation.append(number)
            }
            hosts[number]?.basePaths[index] = PercentEncoding.decoded(
                Array(parts.path.utf8.dropFirst()).span
            )
            points[index] = Point(host: number)
        }
    }

    package func speaks(_ scheme: AccessPoint.Scheme) -> Bool { scheme == .ftp }

    package func expect(_ catalog: Catalog) {
        expected = ExpectedFiles(catalog)
        for host in hosts.values { host.entryLimit = 1_000_000 + 4 * catalog.count }
    }

    package func room(at accessPoint: AccessPointNumber) -> Int {
        guard let point = points[accessPoint], let host = hosts[point.host] else { return 0 }
        let limit = host.wasReady ? Self.questionsAfterLogin : Self.questionsBeforeLogin
        return max(0, limit - point.pendingCount)
    }

    package func pause(at accessPoint: AccessPointNumber) -> Duration {
        registry.pause(of: registry.host(of: accessPoint))
    }

    package func ask(_ question: Question) {
        points[question.accessPoint]?.pendingCount += 1
        var key: FTPDirectory.Key?
        if case .file(let id) = question.subject, !question.path.isEmpty {
            key = FTPDirectory.Key(id: id, linkCount: 0)
        }
        pendingLookups.append(
            FTPHost.PendingQuestion(question: question, lookedFor: key, askedAt: registry.now)
        )
    }

    /// Whether there is work that need not wait.
    package var hasWork: Bool {
        !answers.isEmpty || !pendingLookups.isEmpty || hosts.values.contains { $0.hasWork }
    }

    /// Handles what the loop received; it does not run the loop itself.
    package func wait(atMost longest: Duration, _ receive: (Answer) -> Void) {
        guard !rotation.isEmpty else { return }
        now = registry.now
        var slice = WorkSlice(clock: { [registry] in registry.now })
        guard expected.prepare(&slice) else { return }
        for _ in rotation.indices {
            let number = rotation.removeFirst()
            rotation.append(number)
            guard let host = hosts[number] else { continue }
            let allowance = registry.allowance(of: number)
            let started = host.step(allowance: allowance, &slice) { take($0) }
            for _ in 0..<started { registry.noteSent(to: number) }
            if let address = host.peerAddress, registry.address(of: number) != address {
                registry.note(address: address, of: number)
            }
            registry.noteConnections(host.connectionCount, to: number, for: .ftp)
            if let failure = host.failure { giveUp(number, failure) }
            if slice.isOverNow() { break }
        }
        while !slice.isOver(), let asked = pendingLookups.popFirst() { look(for: asked) }
        while !slice.isOver(), let answer = answers.popFirst() { receive(answer) }
    }

    // MARK: - From questions to answers

    /// Answers from listings if possible; otherwise lists the next directory or asks by name.
    private func look(for asked: FTPHost.PendingQuestion) {
        let index = asked.question.accessPoint
        guard let point = points[index], let host = hosts[point.host] else { return }
        if let failure = host.failure {
            return answer(asked, .failed(reason: failure.reason, outage: failure.outage))
        }
        guard let key = asked.lookedFor, Int(key.id.rawValue) < expected.count else {
            return host.ask(asked)
        }
        let folder = expected.catalog.path(of: key.id).parent
        guard var directory = points[index]?.directories.removeValue(forKey: folder) else {
            return waitForListing(of: folder, asked)
        }
        guard !directory.answered.contains(key), Int(key.id.rawValue) < directory.soughtCount,
            now - directory.takenAt < Self.longestUse
        else {
            entryCount -= directory.entries.count
            return waitForListing(of: folder, asked)
        }
        defer { points[index]?.directories[folder] = directory }
        guard let entry = directory.entries[key.id] else { return host.ask(asked) }
        if entry.kind == .symlink, entry.target == nil, !directory.hasLinkTexts {
            return waitForListing(of: folder, asked, wantsLinkTexts: true)
        }
        if entry.kind == .file, !entry.isOpenToOthers {
            switch directory.modes {
            case .meant, .madeUp: break
            case .doubtful:
                directory.modes = .beingTried
                var trial = asked
                trial.strategy = .byOpening
                trial.modesOf = folder
                return host.ask(trial)
            case .beingTried:
                points[index]?.waiting[folder, default: []].append(asked)
                return
            }
        }
        directory.answered.insert(key)
        judge(entry, areModesMadeUp: directory.modes == .madeUp, asked, host)
    }

    private func judge(
        _ entry: FTPDirectory.Entry,
        areModesMadeUp: Bool,
        _ asked: FTPHost.PendingQuestion,
        _ host: FTPHost
    ) {
        switch entry.kind {
        case .file, .directory:
            let isDirectory = entry.kind == .directory
            guard isDirectory == asked.question.isDirectory, isDirectory || entry.byteCount != nil
            else { return host.ask(asked) }
            guard entry.isOpenToOthers || areModesMadeUp else {
                // `CWD` tests a directory. A file was tested itself, or files beside it are
                // readable, so its permissions count.
                if isDirectory { return host.ask(asked) }
                return answer(asked, .answered(status: 403, byteCount: nil))
            }
            answer(
                asked,
                .answered(status: 200, byteCount: isDirectory ? nil : entry.byteCount),
                modified: entry.modified
            )
        case .symlink:
            guard case .file(let id) = entry.target, asked.linkCount < TreePath.linkLimit else {
                return host.ask(asked)
            }
            var next = asked
            next.linkCount += 1
            next.lookedFor = FTPDirectory.Key(id: id, linkCount: next.linkCount)
            pendingLookups.append(next)
        case .other:
            host.ask(asked)
        }
    }

    private func waitForListing(
        of folder: TreePath,
        _ asked: FTPHost.PendingQuestion,
        wantsLinkTexts: Bool = false
    ) {
        let index = asked.question.accessPoint
        guard let point = points[index] else { return }
        if point.waiting[folder] == nil {
            hosts[point.host]?.list(
                FTPHost.Job(point: index, directory: folder, wantsLinkTexts: wantsLinkTexts)
            )
        }
        points[index]?.waiting[folder, default: []].append(asked)
    }

    private func take(_ result: FTPHost.Result) {
        switch result {
        case .entry(let job, let entry): take(entry, of: job)
        case .listed(let job, let isListed): finish(job, isListed: isListed)
        case .unanswerable(let asked):
            answer(asked, .unusable(reason: "the server cannot be asked for this name"))
            if let folder = asked.modesOf { settleModes(of: folder, .doubtful, asked) }
        case .found(let asked, let entry):
            answer(
                asked,
                entry?.byteCount.map { .answered(status: 200, byteCount: $0) }
                    ?? .unusable(reason: "the server tells no length")
            )
        case .replied(let asked, let reply): take(reply, to: asked)
        }
    }

    private func take(_ reply: FTPReply, to asked: FTPHost.PendingQuestion) {
        if let folder = asked.modesOf {
            guard [1, 2, 5].contains(reply.kind) else {
                // There was no data connection or the like; the next file may tell.
                settleModes(of: folder, .doubtful, asked)
                return answer(asked, Self.reply(to: asked.question, reply))
            }
            settleModes(of: folder, reply.kind == 5 ? .meant : .madeUp, asked)
            var next = asked
            next.modesOf = nil
            next.strategy = .byName
            return look(for: next)
        }
        guard reply.kind == 1 else {
            return answer(asked, Self.reply(to: asked.question, reply))
        }
        // The file is readable, and many servers add its length: "(12345 bytes)".
        if let byteCount = Self.announcedByteCount(reply.text) {
            return answer(asked, .answered(status: 200, byteCount: byteCount))
        }
        var next = asked
        next.strategy = .byListing
        hosts[registry.host(of: asked.question.accessPoint)]?.ask(next)
    }

    /// Records whether an apparently unreadable file could be read, and resumes the questions that
    /// wait for this.
    private func settleModes(
        of folder: TreePath,
        _ modes: FTPDirectory.Modes,
        _ asked: FTPHost.PendingQuestion
    ) {
        let index = asked.question.accessPoint
        points[index]?.directories[folder]?.modes = modes
        pendingLookups.append(contentsOf: points[index]?.waiting.removeValue(forKey: folder) ?? [])
    }

    // MARK: - Listings

    private func take(_ entry: FTPEntry, of job: FTPHost.Job) {
        let folder = job.directory
        var directory =
            points[job.point]?.partialListings.removeValue(forKey: folder)
            ?? FTPDirectory(
                soughtCount: expected.count,
                takenAt: now,
                hasLinkTexts: false
            )
        if job.wantsLinkTexts,
            let known = points[job.point]?.directories.removeValue(forKey: folder)
        {
            // If nothing is known any more, this listing counts in full.
            directory = known
            directory.lacksOnlyLinkTexts = !known.entries.isEmpty
        }
        entryCount += directory.take(
            entry,
            of: folder,
            in: expected,
            onlyLinkTexts: directory.lacksOnlyLinkTexts
        )
        points[job.point]?.partialListings[folder] = directory
    }

    private func finish(_ job: FTPHost.Job, isListed: Bool) {
        let folder = job.directory
        var directory =
            points[job.point]?.partialListings.removeValue(forKey: folder)
            ?? points[job.point]?.directories.removeValue(forKey: folder)
            ?? FTPDirectory(
                soughtCount: expected.count,
                takenAt: now,
                hasLinkTexts: false
            )
        directory.lacksOnlyLinkTexts = false
        // Links without a target now would not get one from another attempt.
        if job.wantsLinkTexts || !isListed { directory.hasLinkTexts = true }
        let replaced = points[job.point]?.directories.updateValue(directory, forKey: folder)
        entryCount -= replaced?.entries.count ?? 0
        makeRoom(besides: job.point)
        pendingLookups.append(
            contentsOf: points[job.point]?.waiting.removeValue(forKey: folder) ?? []
        )
    }

    /// Drops the directories of access points without questions, if there are too many.
    private func makeRoom(besides index: AccessPointNumber) {
        guard entryCount > Self.entryLimit else { return }
        for (other, point) in points where other != index && point.pendingCount == 0 {
            for directory in point.directories.values { entryCount -= directory.entries.count }
            points[other]?.directories = [:]
        }
    }

    private func answer(
        _ asked: FTPHost.PendingQuestion,
        _ reply: Reply,
        modified: Timestamp? = nil
    ) {
        points[asked.question.accessPoint]?.pendingCount -= 1
        answers.append(
            asked.question.answered(
                reply,
                seconds: now - asked.askedAt,
                modified: modified
            )
        )
    }

    private func giveUp(_ number: HostNumber, _ failure: (reason: String, outage: Outage)) {
        var questions = hosts[number]?.takeAbandoned() ?? []
        for index in points.keys where points[index]?.host == number {
            questions += points[index]?.waiting.values.flatMap { $0 } ?? []
            points[index]?.waiting = [:]
        }
        for asked in questions {
            answer(asked, .failed(reason: failure.reason, outage: failure.outage))
        }
    }
}
