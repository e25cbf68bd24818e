import Catalogs
import CheckPlanning
import CheckStates
import Checking
import Mirrors
import Time

/// The probe by agendas: one question a minute to each access point, and a few more when it
/// returns.
final class MinuteProbe {
    private let network: Network
    private let points: [Network.Point]
    private(set) var status: [Status]
    /// What was found out about files, for the next visit of the access point.
    private(set) var hearsay: [Int: (words: [Visit.Hearsay], since: Timestamp)] = [:]

    struct Status {
        var isUp = true
        var isSilent = false
        /// It went down with a fifth of all others: that was our own line.
        var wentWithOthers = false
        var latencyMilliseconds: Int64?
    }

    private struct Course {
        var silences = 0
        var isAsked = false
        var isDone = false
        var isReturning = false
        var sample: [FileID] = []
        var missing: [Visit.Hearsay] = []
        var answerCount = 0
        var isAnswered = false
        var latencyMilliseconds: Int64?
    }

    /// An access point whose health is another one.
    struct Change {
        let point: Int
        let isUp: Bool
    }

    init(_ network: Network, points: [Network.Point]) {
        self.network = network
        self.points = points
        status = Array(repeating: Status(), count: network.points.count)
    }

    func takeHearsay(of point: Int) -> (words: [Visit.Hearsay], since: Timestamp)? {
        hearsay[point]
    }

    func forget(_ point: Int) { hearsay[point] = nil }

    /// Asks everybody; who is up or down now, and who came back with an old tree.
    func probe(
        _ catalog: Catalog,
        store: SimulatedStore,
        at time: Int,
        wallOffset: Int
    ) -> (changes: [Change], returned: [Int]) {
        guard !store.isFailing else { return ([], []) }
        let clock = VirtualClock(startedAt: Double(time), wallOffset: wallOffset)
        let transport = SimulatedTransport(network, clock: clock, manners: .probe)
        var courses: [Int: Course] = [:]
        var order: [Int] = []
        for point in points where point.accessPoint.scheme != .rsync {
            var course = Course()
            let agenda = store.agenda(point.accessPoint.id)
            let minute = (time + 10_000 * SimulatedTime.day) / 60
            if let agenda {
                let known = agenda.newest.filter { Int($0.rawValue) < catalog.count }
                let others = agenda.entries.filter { $0.expected == .present }.map(\.file)
                let now = status[point.number]
                if !now.isUp, !now.wentWithOthers {
                    course.isReturning = true
                    course.sample = Array(known.prefix(4)) + others.prefix(4)
                } else if minute % 2 == 0, !others.isEmpty {
                    course.sample = [others[minute / 2 % others.count]]
                } else if !known.isEmpty {
                    course.sample = [known[minute / 2 % known.count]]
                }
            }
            courses[point.number] = course
            order.append(point.number)
        }
        var open = Set(order)
        while !open.isEmpty, clock.elapsed < 39 {
            for number in order where open.contains(number) && courses[number]?.isAsked == false {
                guard var course = courses[number] else { continue }
                ask(number, course.sample, catalog, transport)
                course.isAsked = true
                course.answerCount = -max(1, course.sample.count)
                courses[number] = course
            }
            transport.wait(atMost: .seconds(1)) { answer in
                guard open.contains(answer.accessPoint), var course = courses[answer.accessPoint]
                else { return }
                take(answer, &course, catalog)
                if course.answerCount == 0 {
                    if !course.isAnswered, course.silences < 2 {
                        course.isAsked = false
                    } else {
                        open.remove(answer.accessPoint)
                    }
                }
                courses[answer.accessPoint] = course
            }
        }
        return settle(courses, order, at: clock.now)
    }

    private func ask(
        _ number: Int,
        _ files: [FileID],
        _ catalog: Catalog,
        _ transport: SimulatedTransport
    ) {
        if files.isEmpty {
            transport.ask(
                Question(accessPoint: number, subject: .base, path: [], isDirectory: true)
            )
        }
        for file in files {
            transport.ask(
                Question(
                    accessPoint: number,
                    subject: .knownFile(file),
                    path: catalog.pathBytes(of: file),
                    isDirectory: catalog.leadsToDirectory(file)
                )
            )
        }
    }

    private func take(_ answer: Answer, _ course: inout Course, _ catalog: Catalog) {
        course.answerCount += 1
        if case .failed = answer.reply {
            course.silences += 1
            return
        }
        course.isAnswered = true
        course.latencyMilliseconds =
            course.latencyMilliseconds ?? Int64((answer.seconds * 1000).rounded())
        guard case .knownFile(let file) = answer.subject else { return }
        if case .answered(200, let byteCount) = answer.reply,
            byteCount == catalog.byteCount(of: file)
        {
            return
        }
        if case .answered(429, _) = answer.reply { return }
        course.missing.append(
            .testimony(file, Testimony(answer.reply, modified: answer.modified))
        )
    }

    private func settle(
        _ courses: [Int: Course],
        _ order: [Int],
        at now: Timestamp
    ) -> (changes: [Change], returned: [Int]) {
        var changes: [Change] = []
        var returned: [Int] = []
        let wentDown = order.filter { status[$0].isUp && courses[$0]?.isAnswered == false }
        let isOurs = wentDown.count * 5 > order.count
        for number in order {
            guard let course = courses[number] else { continue }
            let wasUp = status[number].isUp
            status[number].latencyMilliseconds = course.latencyMilliseconds
            status[number].isUp = course.isAnswered
            status[number].isSilent = !course.isAnswered
            if course.isAnswered != wasUp {
                changes.append(Change(point: number, isUp: course.isAnswered))
                status[number].wentWithOthers = !course.isAnswered && isOurs
            }
            guard course.isAnswered, !course.missing.isEmpty else { continue }
            if course.isReturning {
                returned.append(number)
                hearsay[number] = ([.returned] + course.missing, now)
            } else {
                hearsay[number] = (course.missing, now)
            }
        }
        return (changes, returned)
    }
}
