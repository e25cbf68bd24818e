import Catalogs
import CheckPlanning
import CheckStates
import Mirrors
import Time

/// The cost of the checking policy by the number of files, in CPU time for each part.
struct VisitBench {
    private let store: MadeStore
    private let policy: CheckPolicy
    private let profile: AccessPointProfile
    private let now = MadeStore.now

    init(fileCount: Int) {
        store = MadeStore(fileCount: fileCount, accessPointCount: 1)
        policy = CheckPolicy(
            catalog: store.catalog(),
            classes: .standard,
            settings: PolicySettings()
        )
        profile = AccessPointProfile(
            AccessPoint(id: "m-https", scheme: .https, baseURL: "https://m.example/gentoo/")
        )
    }

    /// Calls `show` with a name and the seconds of each part; for questions, those of all of them.
    func run(_ show: (_ name: String, _ seconds: Double, _ count: Int) -> Void) {
        let folders = StateBench.seconds { _ = policy.neighbourhoods }
        show("neighbourhoods of a catalog", folders, 1)
        show("order of a first pass", StateBench.seconds { _ = policy.newestFirst }, 1)

        let empty = CheckState(accessPointID: "m-https", baseURL: profile.accessPoint.baseURL)
        var visit = Visit(policy, state: empty, agenda: nil, of: profile, now: now)
        var count = 0
        let pass = StateBench.seconds { count = answerAll(&visit, now) }
        show("a question of the first pass", pass, count)

        let state = store.state(runCount: 2016, faultPercent: 3)
        let opening = StateBench.seconds {
            visit = Visit(policy, state: state, agenda: nil, of: profile, now: now)
        }
        show("opening a state, a week of runs, 3 % faults", opening, 1)
        _ = answerAll(&visit, now)
        var agenda: Agenda?
        show(
            "closing it, two hours of agenda",
            StateBench.seconds { agenda = visit.close(now: now) },
            1
        )
        guard let agenda else { return }
        show("writing and reading an agenda", StateBench.seconds { readBack(agenda) }, 100)
        let later = now.advanced(bySeconds: 900)
        var answered = 0
        let idle = StateBench.seconds {
            for _ in 0..<100 { answered += answer(agenda, later) }
        }
        show("an idle visit with \(answered / 100) questions", idle, 100)
    }

    /// Answers every question with the expected length.
    private func answerAll(_ visit: inout Visit, _ now: Timestamp) -> Int {
        var count = 0
        while true {
            let plannedQuestions = visit.next(16, now: now)
            if plannedQuestions.isEmpty { return count }
            for planned in plannedQuestions {
                count += 1
                switch planned.subject {
                case .file(let file):
                    let byteCount = policy.catalog.byteCount(of: file)
                    let reply = Reply.answered(status: 200, byteCount: byteCount)
                    visit.take(planned, FileAnswer(reply), now: now)
                case .folder, .impossibleName:
                    let reply = Reply.answered(status: 404, byteCount: nil)
                    visit.take(planned, FileAnswer(reply), now: now)
                }
            }
        }
    }

    private func answer(_ agenda: Agenda, _ now: Timestamp) -> Int {
        var agenda = agenda
        guard !agenda.mustOpen(policy, now: now), agenda.nextVisitAt(profile) <= now
        else { return 0 }
        let due = agenda.due(now: now)
        for entry in due {
            let byteCount = policy.catalog.byteCount(of: entry.file)
            let isThere = entry.expected == .present
            let reply = Reply.answered(status: isThere ? 200 : 404, byteCount: byteCount)
            _ = agenda.take(entry.file, FileAnswer(reply), policy, now: now)
        }
        return due.count
    }

    private func readBack(_ agenda: Agenda) {
        for _ in 0..<100 {
            let read = try? Agenda(decoding: agenda.encoded())
            precondition(read == agenda)
        }
    }
}
