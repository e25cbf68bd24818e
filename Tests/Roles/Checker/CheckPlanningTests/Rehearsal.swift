import Catalogs
import CheckPlanning
import CheckStates
import Mirrors
import TestSupport
import Testing
import Time

/// A mirror as the policy sees it: its files and how it answers.
struct ModelMirror {
    /// The files that are there as they should be.
    var present: Set<FileID> = []
    /// Files whose questions are answered with this status.
    var statuses: [FileID: Int] = [:]
    /// Whether folders are listed.
    var lists = false
    /// The answer for a name that does not exist: a status and the length of the page.
    var missingAnswer: (status: Int, byteCount: UInt64?) = (404, nil)
    /// Files that another server behind the same name lacks; every second question goes to that
    /// one.
    var lackingElsewhere: Set<FileID> = []
    var isSilent = false
    /// The length in its answer to every question; nil for a normal mirror.
    var portal: UInt64?
    private var questionCount = 0

    init(_ catalog: Catalog? = nil) {
        if let catalog { present = Set(catalog.ids.filter(catalog.isLive)) }
    }

    mutating func answer(
        _ planned: PlannedQuestion,
        _ policy: CheckPolicy,
        using random: inout some RandomNumberGenerator
    ) -> FileAnswer {
        questionCount += 1
        if isSilent { return FileAnswer(.failed(reason: "silent")) }
        if let portal { return FileAnswer(.answered(status: 200, byteCount: portal)) }
        let isElsewhere = Bool.random(using: &random)
        let missing = FileAnswer(
            .answered(status: missingAnswer.status, byteCount: missingAnswer.byteCount)
        )
        switch planned.subject {
        case .impossibleName: return missing
        case .file(let file):
            if let status = statuses[file] {
                return FileAnswer(.answered(status: status, byteCount: nil))
            }
            guard present.contains(file), !(isElsewhere && lackingElsewhere.contains(file))
            else { return missing }
            let byteCount = policy.catalog.byteCount(of: file)
            return FileAnswer(.answered(status: 200, byteCount: byteCount ?? 1_000))
        case .folder(let file):
            guard lists else { return FileAnswer(.answered(status: 403, byteCount: nil)) }
            let folder = policy.folderPath(of: file)
            var listing = FolderListing()
            for other in present where policy.folderPath(of: other).elementsEqual(folder) {
                if isElsewhere, lackingElsewhere.contains(other) { continue }
                listing.entries.append(
                    FolderListing.Entry(
                        id: other,
                        isDirectory: policy.catalog.leadsToDirectory(other),
                        byteCount: policy.catalog.byteCount(of: other)
                    )
                )
            }
            listing.listedCount = listing.entries.count
            return FileAnswer(.listed(listing))
        }
    }
}

/// One access point and its mirror over time: a check every five minutes, as in the template.
struct Rehearsal {
    var policy: CheckPolicy
    var mirror: ModelMirror
    var profile: AccessPointProfile
    var now = Timestamp(secondsSinceEpoch: 1_800_000_000)
    var state: CheckState
    var agenda: Agenda?
    var doubt: AccessPointDoubt?
    /// The questions so far, by kind.
    var requests = Requests()
    var openCount = 0
    var counts: [String: Int] = [:]
    /// The maximum number of questions in a run.
    var runLimit = 60_000
    private var random: SeededGenerator

    struct Requests: Equatable {
        var files = 0
        var folders = 0
        var names = 0
        var total: Int { files + folders + names }
    }

    init(
        _ catalog: Catalog,
        _ mirror: ModelMirror,
        scheme: AccessPoint.Scheme = .https,
        isPartial: Bool = false,
        share: AccessPointProfile.Share = .all,
        settings: PolicySettings = PolicySettings(),
        seed: UInt64 = 1
    ) {
        policy = CheckPolicy(catalog: catalog, classes: .standard, settings: settings)
        self.mirror = mirror
        let point = AccessPoint(
            id: "m\(seed)-\(scheme.rawValue)",
            scheme: scheme,
            baseURL: "\(scheme.rawValue)://m\(seed).example/",
            isPartial: isPartial
        )
        profile = AccessPointProfile(point, share: share, tree: "//m\(seed).example/")
        state = CheckState(accessPointID: point.id, baseURL: point.baseURL)
        random = SeededGenerator(seed: seed)
    }

    /// One check: a visit with the agenda if that suffices, else one with the state open.
    mutating func check() {
        var surprises: [(PlannedQuestion, FileAnswer)] = []
        if var agenda, !agenda.mustOpen(policy, now: now) {
            guard agenda.nextVisitAt(profile) <= now else { return }
            for entry in agenda.due(now: now) {
                let planned = PlannedQuestion(.file(entry.file), urgency: .routine)
                let answer = put(planned)
                if agenda.take(entry.file, answer, policy, now: now) == .surprise {
                    surprises.append((planned, answer))
                }
            }
            self.agenda = agenda
            if surprises.isEmpty { return }
        }
        openCount += 1
        var visit = Visit(policy, state: state, agenda: agenda, of: profile, now: now)
        for (planned, answer) in surprises { visit.take(planned, answer, now: now) }
        var askedCount = 0
        while askedCount < runLimit {
            let plannedQuestions = visit.next(16, now: now)
            if plannedQuestions.isEmpty { break }
            // Answers arrive in a different order from the questions.
            for planned in plannedQuestions { counts["\(planned.urgency)", default: 0] += 1 }
            for planned in plannedQuestions.shuffled(using: &random) {
                visit.take(planned, put(planned), now: now)
            }
            askedCount += plannedQuestions.count
        }
        doubt = visit.doubtToPublish(now: now)
        agenda = visit.close(now: now)
        state = visit.state
    }

    private mutating func put(_ planned: PlannedQuestion) -> FileAnswer {
        switch planned.subject {
        case .file: requests.files += 1
        case .folder: requests.folders += 1
        case .impossibleName: requests.names += 1
        }
        var answer = mirror.answer(planned, policy, using: &random)
        answer.isOfContent = planned.wantsContent
        return answer
    }

    /// Lets this much time pass, with a check every five minutes.
    mutating func pass(minutes: Int) {
        for _ in 0..<minutes / 5 {
            now = now.advanced(bySeconds: 300)
            check()
        }
    }

    mutating func pass(hours: Int) { pass(minutes: 60 * hours) }

    /// The questions asked while `hours` pass.
    mutating func requests(inHours hours: Int) -> Requests {
        let before = requests
        pass(hours: hours)
        return Requests(
            files: requests.files - before.files,
            folders: requests.folders - before.folders,
            names: requests.names - before.names
        )
    }

    /// The age of the oldest question about a file of the catalog, in seconds.
    func longestUnasked() throws -> Int64 {
        try #require(policy.catalog.ids.map { now.seconds(since: state[$0].askedAt) }.max())
    }

    /// Whether a client may be sent to the file, as the Builder and the redirectors decide it.
    func offers(_ file: FileID) -> Bool {
        if let doubt {
            switch doubt.scope {
            case .whole: return false
            case .files(let files): if files.contains(file) { return false }
            }
        }
        return isProven(file)
    }

    /// Whether the Builder counts the file as held.
    func isProven(_ file: FileID) -> Bool {
        let start = Int(file.rawValue) / 64 * 64
        var earliest = now.advanced(bySeconds: -14 * 86_400)
        if let since = state.believedSince { earliest = max(earliest, since) }
        let presence = state.observations.presence(
            from: start,
            changedIn: policy.catalog.changeGenerations,
            earliest: earliest
        )
        return presence.proven >> UInt64(Int(file.rawValue) - start) & 1 == 1
    }

    /// The number of files that are offered and not there.
    var wrongCount: Int { policy.catalog.ids.count { offers($0) && !mirror.present.contains($0) } }
    /// The number of files that are there and not offered.
    var unusedCount: Int { policy.catalog.ids.count { !offers($0) && mirror.present.contains($0) } }
}

extension Catalog {
    /// A tree like Gentoo's: folders of files, and for each file a link in the folder above.
    ///
    /// All of it is old; newer files are added by ``publish(_:at:)``.
    static func tree(folders: Int = 64, filesPerFolder: Int = 8, at time: Timestamp) -> Catalog {
        var catalog = Catalog(generation: 1, publishedAt: time)
        let modified = time.advanced(bySeconds: -100 * 86_400)
        func add(
            _ path: String,
            _ kind: ExpectedFile.Kind,
            _ byteCount: UInt64?,
            to target: String?
        ) {
            catalog.append(
                ExpectedFile(
                    path: TreePath(path),
                    kind: kind,
                    byteCount: byteCount,
                    modified: modified,
                    target: target.map { TreePath($0) },
                    firstSeen: time,
                    changedIn: 1
                )
            )
        }
        add("distfiles", .directory, nil, to: nil)
        for folder in 0..<folders {
            add("distfiles/\(folder)", .directory, nil, to: nil)
            for number in 0..<filesPerFolder {
                let name = "f\(folder)-\(number).tar.xz"
                let byteCount = UInt64(10_000 + 131 * folder + number)
                add("distfiles/\(folder)/\(name)", .file, byteCount, to: nil)
                add("distfiles/\(name)", .symlink, byteCount, to: "\(folder)/\(name)")
            }
        }
        return catalog
    }

    /// Adds files in a new generation and returns their numbers.
    mutating func publish(_ count: Int, at time: Timestamp) -> [FileID] {
        generation += 1
        publishedAt = time
        return (0..<count).map { number in
            append(
                ExpectedFile(
                    path: TreePath("distfiles/\(number % 64)/new-\(generation)-\(number)"),
                    kind: .file,
                    byteCount: UInt64(500_000 + number),
                    modified: time,
                    firstSeen: time,
                    changedIn: generation
                )
            )
        }
    }

    /// The files in a folder, including the links to them.
    func files(inFolder folder: Int) -> Set<FileID> {
        Set(
            ids.filter { id in
                let path = path(of: id).description
                return path.hasPrefix("distfiles/\(folder)/")
                    || path.hasPrefix("distfiles/f\(folder)-")
            }
        )
    }
}
