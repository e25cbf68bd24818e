import Catalogs
import CheckPlanning
import CheckStates
import Checking
import Mirrors
import Time

/// One run of checks by the policy: visits of access points, by their agendas where these suffice.
final class VisitRun {
    private let network: Network
    private let store: SimulatedStore
    private let transport: SimulatedTransport
    private let clock: VirtualClock
    private let points: [Network.Point]
    private let profiles: [AccessPointProfile]
    private let end: Double
    private var policy: CheckPolicy
    private let newestPolicy: () -> CheckPolicy
    /// The state of the access point that serves the same tree.
    private let twin: (Int) -> CheckState?
    /// What was heard of an access point elsewhere.
    private let hearsay: (Int) -> (words: [Visit.Hearsay], since: Timestamp)?
    /// Told when a doubt may have changed.
    private let note: (Int, AccessPointDoubt?) -> Void
    private var active: [Work] = []
    private var workByPoint: [Int: Work] = [:]

    /// An access point at work.
    private final class Work {
        let point: Network.Point
        let profile: AccessPointProfile
        /// The state in memory; nil as long as the agenda suffices.
        var visit: Visit?
        var agenda: Agenda?
        var condition: Int
        /// Questions under way by subject.
        var askings: [Asking.Subject: Asking] = [:]
        /// Names that cannot exist, and folders, in the order of asking.
        var impossible: [Asking] = []
        var folders: [Asking] = []
        var surprises: [(asking: Asking, testimony: Testimony)] = []
        var position = 0
        var due: [Agenda.Entry] = []
        var underWayCount = 0
        var failuresInARow = 0
        var storedAt: Double
        var doubtRevision = 0
        var isDirty = false

        init(_ point: Network.Point, _ profile: AccessPointProfile, condition: Int, at now: Double)
        {
            self.point = point
            self.profile = profile
            self.condition = condition
            storedAt = now
        }
    }

    init(
        _ network: Network,
        store: SimulatedStore,
        transport: SimulatedTransport,
        clock: VirtualClock,
        points: [(point: Network.Point, profile: AccessPointProfile)],
        until end: Double,
        policy: CheckPolicy,
        newestPolicy: @escaping () -> CheckPolicy,
        twin: @escaping (Int) -> CheckState?,
        hearsay: @escaping (Int) -> (words: [Visit.Hearsay], since: Timestamp)?,
        note: @escaping (Int, AccessPointDoubt?) -> Void
    ) {
        self.network = network
        self.store = store
        self.transport = transport
        self.clock = clock
        self.points = points.map(\.point)
        profiles = points.map(\.profile)
        self.end = end
        self.policy = policy
        self.newestPolicy = newestPolicy
        self.twin = twin
        self.hearsay = hearsay
        self.note = note
    }

    func run() {
        begin()
        var stoppedAt = clock.elapsed
        while !active.isEmpty {
            handOut()
            active.removeAll { work in
                guard work.underWayCount == 0 else { return false }
                close(work)
                return true
            }
            guard !active.isEmpty else { break }
            transport.wait(atMost: .seconds(1)) { take($0) }
            if clock.elapsed >= end {
                // A second for answers under way.
                if clock.elapsed >= end + 1 { break }
                continue
            }
            storeOldest()
            if clock.elapsed - stoppedAt >= 30 {
                stoppedAt = clock.elapsed
                adoptNewest()
            }
        }
        for work in active { close(work) }
    }

    private func begin() {
        for (point, profile) in zip(points, profiles) { begin(point, profile) }
    }

    private func begin(_ point: Network.Point, _ profile: AccessPointProfile) {
        let id = point.accessPoint.id
        guard workByPoint[point.number] == nil else { return }
        let agenda = store.agenda(id)
        let heard = hearsay(point.number)
        if let agenda, agenda.generation == policy.catalog.generation, heard == nil,
            agenda.baseURL == point.accessPoint.baseURL, agenda.opensAt > clock.now
        {
            guard agenda.nextVisitAt(profile) <= clock.now else { return }
            let due = agenda.due(now: clock.now)
            guard !due.isEmpty else { return }
            let work = Work(point, profile, condition: store.version(id), at: clock.elapsed)
            work.agenda = agenda
            work.due = due
            active.append(work)
            workByPoint[point.number] = work
            return
        }
        let work = Work(point, profile, condition: store.version(id), at: clock.elapsed)
        work.agenda = agenda
        open(work)
        if let heard { work.visit?.hear(heard.words, since: heard.since, now: clock.now) }
        noteDoubt(work)
        active.append(work)
        workByPoint[point.number] = work
    }

    private func open(_ work: Work) {
        let point = work.point.accessPoint
        let state =
            store.current(point.id).flatMap { $0.state.baseURL == point.baseURL ? $0.state : nil }
            ?? CheckState(accessPointID: point.id, baseURL: point.baseURL)
        work.visit = Visit(
            policy,
            state: state,
            agenda: work.agenda,
            of: work.profile,
            now: clock.now
        )
        if let twin = twin(work.point.number) {
            work.visit?.renew(from: twin, as: .twin, now: clock.now)
        }
        for surprise in work.surprises {
            work.visit?.take(surprise.asking, surprise.testimony, now: clock.now)
        }
        work.surprises = []
        work.isDirty = true
        work.doubtRevision = -1
    }

    private func adoptNewest() {
        let newest = newestPolicy()
        guard newest.catalog.generation > policy.catalog.generation else { return }
        policy = newest
        for work in active where work.visit != nil { work.visit?.adopt(policy, now: clock.now) }
        // Those that were done have news now.
        for (point, profile) in zip(points, profiles)
        where !active.contains(where: { $0.point.number == point.number }) {
            workByPoint[point.number] = nil
            begin(point, profile)
        }
    }

    private func handOut() {
        guard clock.elapsed < end else { return }
        for work in active where work.failuresInARow < 5 {
            while true {
                let room = min(16, transport.room(at: work.point.number))
                guard room > 0 else { break }
                let askings = next(work, room)
                guard !askings.isEmpty else { break }
                for asking in askings { ask(asking, work) }
            }
        }
    }

    private func next(_ work: Work, _ limit: Int) -> [Asking] {
        if work.visit != nil {
            return work.visit?.next(limit, upTo: .routine, now: clock.now) ?? []
        }
        let entries = work.due[work.position...].prefix(limit)
        work.position = entries.endIndex
        return entries.map { Asking(.file($0.file), urgency: .routine) }
    }

    private static let impossible = Array("no-such-file".utf8)[...]

    private func ask(_ asking: Asking, _ work: Work) {
        if case .file = asking.subject { work.askings[asking.subject] = asking }
        work.underWayCount += 1
        let catalog = policy.catalog
        let subject: Question.Subject
        var path = Self.impossible
        var isDirectory = false
        switch asking.subject {
        case .file(let file):
            subject = .file(file)
            path = catalog.pathBytes(of: file)
            isDirectory = catalog.leadsToDirectory(file)
        case .impossibleName:
            subject = .impossibleName
            work.impossible.append(asking)
        case .folder(let file):
            subject = .listing
            path = policy.folderPath(of: file)
            isDirectory = true
            work.folders.append(asking)
        }
        transport.ask(
            Question(
                accessPoint: work.point.number,
                subject: subject,
                path: path,
                isDirectory: isDirectory,
                isAlone: asking.isAlone
            )
        )
    }

    private func take(_ answer: Answer) {
        guard let work = workByPoint[answer.accessPoint] else { return }
        work.underWayCount -= 1
        let asking: Asking?
        switch answer.subject {
        case .file(let file): asking = work.askings.removeValue(forKey: .file(file))
        case .impossibleName: asking = work.impossible.isEmpty ? nil : work.impossible.removeFirst()
        case .listing: asking = work.folders.isEmpty ? nil : work.folders.removeFirst()
        case .base, .knownFile: asking = nil
        }
        guard let asking else { return }
        if case .failed = answer.reply {
            work.failuresInARow += 1
        } else {
            work.failuresInARow = 0
        }
        let testimony = Testimony(answer.reply, modified: answer.modified)
        let now = clock.now
        if work.visit != nil {
            work.visit?.take(asking, testimony, now: now)
            work.isDirty = true
            if work.visit?.doubtRevision != work.doubtRevision { noteDoubt(work) }
            return
        }
        guard case .file(let file) = asking.subject else { return }
        switch work.agenda?.take(file, testimony, policy, now: now) {
        case .surprise:
            work.surprises.append((asking, testimony))
            // The other answers under way are told to the state too.
            open(work)
            noteDoubt(work)
        case .agrees, .nothing, nil: break
        }
    }

    private func noteDoubt(_ work: Work) {
        guard let visit = work.visit else { return }
        work.doubtRevision = visit.doubtRevision
        note(work.point.number, visit.doubt(now: clock.now))
    }

    private func storeOldest() {
        for work in active where work.isDirty && clock.elapsed - work.storedAt >= 15 {
            guard let visit = work.visit else { continue }
            work.storedAt = clock.elapsed
            work.isDirty = false
            store.put(visit.state, agenda: nil)
        }
    }

    private func close(_ work: Work) {
        if work.visit == nil {
            if let agenda = work.agenda { store.put(agenda, of: work.point.accessPoint.id) }
            return
        }
        for asking in work.askings.values.sorted(by: { $0.order < $1.order }) {
            work.visit?.giveBack(asking)
        }
        for asking in work.impossible + work.folders { work.visit?.giveBack(asking) }
        guard let agenda = work.visit?.close(now: clock.now), let visit = work.visit else { return }
        store.put(visit.state, agenda: agenda)
        note(work.point.number, visit.doubt(now: clock.now))
        work.visit = nil
        work.agenda = agenda
    }
}

extension Asking {
    fileprivate var order: UInt32 {
        if case .file(let file) = subject { file.rawValue } else { .max }
    }
}
