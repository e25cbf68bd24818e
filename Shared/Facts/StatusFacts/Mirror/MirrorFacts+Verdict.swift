import CheckStates
import HealthFormat
import Mirrors
import RunRecords
package import Time

extension MirrorFacts {
    /// The lag from which a mirror counts as behind, in seconds: a day.
    package static let behindLimit: Int64 = 86_400
    /// A mirror with less than this share of its promised files is incomplete.
    package static let completeLimit = 0.99
    /// If more than this share of files were not asked for in time, completeness is not judged.
    package static let unaskedLimit = 0.1

    /// The verdict: the first one that applies.
    package func judged(now: Timestamp) -> Verdict {
        disabled(now: now) ?? notListed() ?? unreachable() ?? empty() ?? behind(now: now)
            ?? incomplete() ?? notAsked() ?? partlyDown() ?? inUse()
    }

    private func disabled(now: Timestamp) -> Verdict? {
        let closures = points.compactMap { $0.closure }.filter { $0.isInForce(at: now) }
        if let closure = closures.first, closures.count == points.count {
            let until = closure.until.map { " until \($0.dateText)" } ?? ""
            let reason = closure.reason.isEmpty ? "" : ": \(closure.reason)"
            return Verdict(
                .disabled,
                since: closure.since,
                "an operator took it out\(until)\(reason)",
                remedy: "mirrors enable \(id)"
            )
        }
        if !mirror.isEnabled, mirror.isListed {
            return Verdict(
                .disabled,
                "overrides.json, or the mirror list, says that it is not to be used",
                remedy: "mirrors enable \(id)"
            )
        }
        guard mirror.weight == 0 else { return nil }
        return Verdict(
            .disabled,
            "its weight is 0: it is checked and not used",
            remedy: "mirrors set \(id) weight=100"
        )
    }

    private func notListed() -> Verdict? {
        guard !mirror.isListed else { return nil }
        return Verdict(
            .notListed,
            "the newest mirror list does not have it",
            remedy: "add it to the list that MIRRORS names"
        )
    }

    /// Down, refusing or not itself, if that applies to all URLs that clients could be sent to.
    private func unreachable() -> Verdict? {
        let web = webPoints
        guard !web.isEmpty else {
            return Verdict(
                .disabled,
                "it has no http or https URL, and clients of a redirect speak nothing else",
                remedy: "ask its administrators for https"
            )
        }
        let troubles = web.map { $0.trouble }
        var found: [AccessPointTrouble] = []
        for case let trouble? in troubles { found.append(trouble) }
        guard found.count == web.count else { return nil }
        // The mildest counts: if one URL refuses and another times out, the mirror is reachable.
        guard let worst = found.min(by: { $0.weight < $1.weight }) else { return nil }
        let since = found.compactMap { $0.since }.max()
        return Verdict(worst.word, since: since, worst.sentence, remedy: worst.word.remedy)
    }

    private func empty() -> Verdict? {
        guard tally.seen == 0, tally.absent > 0, tally.absent * 100 >= tally.answered * 99 else {
            return nil
        }
        return Verdict(
            .empty,
            since: causes.first?.since,
            "none of the \(tally.absent) files that it was asked for is there",
            remedy: "the URL in the mirror list may lead to the wrong folder"
        )
    }

    private func behind(now: Timestamp) -> Verdict? {
        guard !isPartial, let behindSince, let seconds = behindSeconds(now: now),
            seconds > Self.behindLimit
        else { return nil }
        return Verdict(
            .behind,
            since: behindSince,
            "it lacks what came to be since then" + withheldClause,
            remedy: "its administrators look at the job that copies the tree"
        )
    }

    private func incomplete() -> Verdict? {
        guard !isPartial, let completeness, completeness < Self.completeLimit else { return nil }
        let lacking = tally.lacking + tally.refused
        var sentence =
            "it \(tally.refused > tally.lacking ? "refuses" : "lacks") \(lacking) of "
            + "\(tally.seen + lacking) files"
        if let cause = causes.first { sentence += ": \(cause.sentence)" }
        sentence += withheldClause
        let remedy: String
        switch causes.first?.kind {
        case .links: remedy = "rsync copies symlinks with --links"
        case .topFolder, .folder: remedy = "its copy leaves the folder out, or prefixes fit it"
        default: remedy = "its list of missing files shows which"
        }
        return Verdict(.incomplete, since: causes.first?.since, sentence, remedy: remedy)
    }

    private func notAsked() -> Verdict? {
        guard promisedCount > 0,
            Double(tally.unasked) > Self.unaskedLimit * Double(promisedCount)
        else { return nil }
        let isNew = tally.answered == 0
        return Verdict(
            .notAsked,
            isNew
                ? "it has not been checked yet"
                : "\(tally.unasked) of \(promisedCount) files were not asked for in time",
            remedy: isNew
                ? "the checker gets to it" : "mirrors doctor says whether the checker keeps up"
        )
    }

    private func partlyDown() -> Verdict? {
        let troubled = points.filter { $0.trouble != nil }
        guard let first = troubled.first, let trouble = first.trouble else { return nil }
        return Verdict(
            .partlyDown,
            since: trouble.since,
            "\(first.accessPoint.baseURL): \(trouble.sentence)",
            remedy: "its other URLs are used"
        )
    }

    private func inUse() -> Verdict {
        guard let completeness else { return Verdict(.inUse, "it is in the list") }
        if isPartial {
            return Verdict(
                .inUse,
                "it carries a part of the tree, \(tally.held) files" + withheldClause
            )
        }
        let sentence =
            tally.lacking + tally.refused == 0
            ? "it has all files that it was asked for"
            : "it has \(completeness.percentText) of the files"
        return Verdict(.inUse, sentence + withheldClause)
    }

    private var withheldClause: String { withheld.map { "; \($0.sentence)" } ?? "" }
}

/// Why an access point is unusable as a whole.
package struct AccessPointTrouble: Equatable, Sendable {
    /// Down, refusing us, or not itself.
    package let word: Verdict.Word
    /// Nil if unknown.
    package let since: Timestamp?
    package let sentence: String

    /// The lower, the more still works.
    var weight: Int {
        switch word {
        case .notItself: 0
        case .refusesUs: 1
        default: 2
        }
    }
}

extension AccessPointFacts {
    /// Why it is unusable as a whole; nil if it is usable, or nothing is known of it yet.
    package var trouble: AccessPointTrouble? {
        if let status, let outage = status.outage {
            return AccessPointTrouble(
                word: Verdict.Word(outage.trouble),
                since: status.since,
                sentence: outage.sentence
            )
        }
        if let status = line?.answers.refusedStatus {
            return AccessPointTrouble(
                word: .refusesUs,
                since: refusedSince,
                sentence: "it answers \(status) to every question"
            )
        }
        if tally.refused > 0, tally.refused * 100 >= (tally.answered + tally.unproven) * 99 {
            return AccessPointTrouble(
                word: .refusesUs,
                since: refusedSince,
                sentence: "it refuses all files"
            )
        }
        if let doubt, doubt.scope == .whole {
            return AccessPointTrouble(
                word: Verdict.Word(doubt.reason.trouble),
                since: doubt.since,
                sentence: doubt.reason.sentence
            )
        }
        if let doubtedAt {
            return AccessPointTrouble(
                word: .notItself,
                since: doubtedAt,
                sentence: doubtReason?.sentence ?? "much of what it had is gone"
            )
        }
        if answersAnything, tally.seen == 0, tally.absent == 0 {
            return AccessPointTrouble(
                word: .notItself,
                since: nil,
                sentence: "it answers for names that no tree holds"
            )
        }
        guard tally.altered > 0,
            tally.altered * 100 >= (tally.answered + tally.unproven) * 99
        else { return nil }
        return AccessPointTrouble(
            word: .notItself,
            since: nil,
            sentence: "it answers every question with something else"
        )
    }
}

extension Verdict.Word {
    fileprivate init(_ trouble: Trouble) {
        switch trouble {
        case .down: self = .down
        case .refusesUs: self = .refusesUs
        case .notItself: self = .notItself
        }
    }

    fileprivate var remedy: String {
        switch self {
        case .refusesUs: "its administrators let the checker in, or it stays out of use"
        case .notItself: "its administrators say what answers at the URL"
        case .down: "nothing: it is used again within minutes of its first answer"
        default: ""
        }
    }
}
