import Events
import JSON
import Mirrors
import RunRecords
import Time

/// The readers of JSON that functions exchange.
enum RecordRules {
    private static let now = Timestamp(secondsSinceEpoch: 1_795_362_420)

    /// The record of a run, or of a check.
    static func runRecords(_ input: [UInt8]) -> String? {
        if let run = read(input, RunRecord.init) {
            _ = run.isLate(at: now)
            if let fault = rewritten(run.json, { try RunRecord(json: $0).json }) { return fault }
        }
        guard let check = read(input, CheckRecord.init) else { return nil }
        for line in CheckLines([check]).all {
            guard line.answers.counts.count <= AnswerTally.nameLimit + 1 else {
                return "more answers than are told apart"
            }
            _ = line.answers.refusedStatus
        }
        return rewritten(check.json) { try CheckRecord(json: $0).json }
    }

    static func places(_ input: [UInt8]) -> String? {
        guard let places = read(input, HostPlaces.init) else { return nil }
        for finding in places.byHost.values where finding.place.sites.count > AddressPlace.siteLimit
        {
            return "a host in more places than one can have"
        }
        return rewritten(places.json) { try HostPlaces(json: $0).json }
    }

    /// What a region's checker measured, before and after one more day.
    static func measurements(_ input: [UInt8]) -> String? {
        guard var samples = read(input, ProbeSamples.init) else { return nil }
        let seconds = now.secondsSinceEpoch
        for id in samples.accessPoints.keys {
            guard var throughput = samples.accessPoints[id]?.throughput else { continue }
            for moment in [seconds, 0, .max] {
                _ = throughput.isDue(now: moment, secondOfDay: 86_399)
                _ = throughput.settled(now: moment)
            }
            throughput.add(1_000, at: seconds)
            guard throughput.measured.count <= ThroughputSamples.dayLimit else {
                return "more days than count"
            }
            samples.accessPoints[id]?.throughput = throughput
        }
        return rewritten(samples.json) { try ProbeSamples(json: $0).json }
    }

    static func suspects(_ input: [UInt8]) -> String? {
        guard let suspects = read(input, Suspects.init) else { return nil }
        for moment in [now.secondsSinceEpoch, 0, .max, .min] {
            guard suspects.mirrors(now: moment).count <= Suspects.limit else {
                return "more mirrors than are asked first"
            }
        }
        return rewritten(suspects.json) { try Suspects(json: $0).json }
    }

    /// A day of events, and the same with one more event.
    static func events(_ input: [UInt8]) -> String? {
        let lines = EventLines(decoding: input)
        let lineCount = input.split(separator: 0x0A).count
        guard lines.events.count + lines.unreadableCount == lineCount else {
            return "a line that is neither read nor counted"
        }
        let again = EventLines.appending(lines.events, to: [])
        let second = EventLines(decoding: again)
        guard second.unreadableCount == 0 else { return "what it writes is no event" }
        guard second.events.count == lines.events.count else { return "an event that is lost" }
        guard EventLines.appending(second.events, to: []) == again else {
            return "it is written in two ways"
        }
        let event = Event(.down, "a-https", at: now, by: "checker-probe")
        let longer = EventLines(decoding: EventLines.appending([event], to: input))
        let isCounted = longer.events.last?.kind == .omitted
        guard longer.events.last == event || isCounted else { return "damage ate a new event" }
        return nil
    }

    private static func read<Record>(
        _ input: [UInt8],
        _ read: (JSONValue) throws(JSONError) -> Record
    ) -> Record? {
        guard let value = try? JSONValue(parsing: input) else { return nil }
        return try? read(value)
    }

    /// What is wrong with the way a record is written, given what is written after it was read
    /// again.
    private static func rewritten(
        _ json: JSONValue,
        _ again: (JSONValue) throws -> JSONValue
    ) -> String? {
        let bytes = json.serialized()
        guard let value = try? JSONValue(parsing: bytes), let second = try? again(value) else {
            return "what it writes is no record"
        }
        return second.serialized() == bytes ? nil : "it is written in two ways"
    }
}
