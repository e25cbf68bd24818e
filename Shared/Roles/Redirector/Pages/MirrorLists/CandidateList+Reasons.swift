import Bytes
import HealthFormat
import Redirection
import Time

// The reasons why access points are left out, in words that are true in every case.
extension CandidateList {
    /// Appends why the access point at `index` with the id is left out, as the end of a sentence
    /// that begins with its name.
    func appendReason(
        at index: Int,
        id: Span<UInt8>,
        in snapshot: Snapshot,
        now: Int64,
        to text: inout [UInt8]
    ) {
        let candidate = all[index]
        guard let exclusion = candidate.exclusion else { return }
        let facts = snapshot.health?.report.facts(of: id)
        switch exclusion {
        case .down:
            if let availability = facts?.availability, let outage = availability.outage {
                return text.append(outage, since: Int64(availability.since))
            }
        case .doubted:
            if let doubt = facts?.doubt {
                text.append(doubt.isWhole ? doubt.reason.trouble.clause : exclusion.sentence)
                text.append(since: Int64(doubt.since))
                text.append(": ")
                return text.append(contentsOf: doubt.reason.sentence.utf8)
            }
        case .closed:
            text.append(exclusion.sentence)
            if let until = facts?.closure?.until, until > 0 {
                text.append(" until ")
                text.append(minuteOf: Int64(until))
            }
            return
        case .notNeeded:
            guard candidate.nearerCount > 0 else {
                return text.append("has it, and is about to be listed")
            }
            text.append(exclusion.sentence)
            text.append(decimal: UInt64(candidate.nearerCount))
            return text.append(
                candidate.nearerCount == 1 ? " nearer one has it" : " nearer ones have it"
            )
        default: break
        }
        text.append(exclusion.sentence)
        if let since = candidate.since { text.append(since: since) }
        guard exclusion == .lacking || exclusion == .outdated, let until = candidate.completeUntil
        else { return }
        let days = (now &- until.secondsSinceEpoch) / 86_400
        guard days > 0 else { return }
        text.append(", for it is behind by ")
        text.append(decimal: UInt64(days))
        text.append(days == 1 ? " day" : " days")
    }

    /// Appends why the client is not sent to the mirror with the seed: a keyword, and a quoted
    /// sentence.
    ///
    /// Of mirrors that are not in the map only `report` knows why.
    func appendReason(
        ofMirror seed: UInt64?,
        in snapshot: Snapshot,
        report: PageReport?,
        to text: inout [UInt8]
    ) {
        let table = snapshot.table
        let index = excluded.first { table.entries[$0].seed == seed }
        guard let index, let exclusion = all[index].exclusion else {
            guard let seed, let reason = report?.exclusions.reasons[seed] else {
                return text.append("unknown; \"is not in the map of this region\"")
            }
            text.append(contentsOf: reason.word.utf8)
            text.append("; \"")
            text.append(contentsOf: reason.sentence.utf8)
            return text.append("\"")
        }
        text.append(contentsOf: exclusion.rawValue.utf8)
        text.append("; \"")
        appendReason(
            at: index,
            id: table.id(of: table.entries[index]),
            in: snapshot,
            now: snapshot.health?.now.secondsSinceEpoch ?? snapshot.builtAt,
            to: &text
        )
        text.append("\"")
    }
}

extension [UInt8] {
    /// Appends why an access point is down.
    fileprivate mutating func append(_ outage: Outage, since: Int64) {
        append(outage.trouble.clause)
        guard outage.trouble != .refusesUs else {
            append(" (")
            append(decimal: UInt64(outage.status))
            append(")")
            return append(since: since)
        }
        append(since: since)
        append(": ")
        append(contentsOf: outage.sentence.utf8)
    }

    fileprivate mutating func append(since time: Int64) {
        append(" since ")
        append(minuteOf: time)
    }

    /// Appends a time to the minute: `2026-11-22 15:47 UTC`.
    fileprivate mutating func append(minuteOf time: Int64) {
        var text: [UInt8] = []
        text.append(rfc3339: Timestamp(secondsSinceEpoch: time))
        text[10] = UInt8(ascii: " ")
        append(contentsOf: text[..<16])
        append(" UTC")
    }
}

extension HealthReport {
    /// What health says of an exclusion, in a few words; nil if health is not its reason.
    func problem(_ reason: Exclusion.Reason?, of id: Span<UInt8>) -> String? {
        switch reason {
        case .down: facts(of: id).availability?.outage?.sentence
        case .doubted: facts(of: id).doubt?.reason.sentence
        default: nil
        }
    }
}

extension Exclusion.Reason {
    /// The sentence for the reason, or its beginning.
    fileprivate var sentence: StaticString {
        switch self {
        case .down: "is down"
        case .doubted: "is being looked at again"
        case .closed: "is closed by the operator"
        case .scheme: "is not reached by http or https"
        case .downgrade: "has no https, by which you came"
        case .weight: "is taken out by its weight of 0"
        case .clientCountry: "does not serve your country"
        case .clientNetwork: "serves its own network only"
        case .tooFar: "is too far from you"
        case .addressFamily: "is reached by IPv6 only"
        case .share: "has had its share of the requests"
        case .avoided: "is left out because you asked for it"
        case .unusableURL: "has a URL that cannot be sent"
        case .notNeeded: "has not been needed: "
        case .notHeld: "was not proven to have this file"
        case .lacking: "lacks this file"
        case .altered: "has something else in place of this file"
        case .outdated: "has an earlier version of this file"
        case .refused: "refuses this file"
        case .expired: "had this file too long ago to count"
        case .ruledOut: "does not serve this file by its rules"
        case .indexless: "lacks the right index of this folder"
        case .unasked: "has not been asked for this file yet"
        case .unanswered: "gave no answer when asked for this file"
        case .incomplete: "lacks other files that belong to this one"
        }
    }
}
